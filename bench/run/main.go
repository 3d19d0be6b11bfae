// Command run is what `make bench` runs: it starts the release binary on SQLite
// and on PostgreSQL beside the floor program, drives each through its public
// endpoints with oidcload, and prints one table.
//
//	bench/run [-rounds 3] [-duration 3s] [-users 1000] [-workers 8,64] [-ops a,b] [-keep]
//
// PostgreSQL is the one of GATEHOUSE_TEST_POSTGRES_URL, as scripts/with-services
// provides it; without, SQLite is measured alone.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

type options struct {
	rounds   int
	duration string
	users    int
	workers  []int
	ops      []string
	binaries string
	keep     bool
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	o, err := flags()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "gatehouse-bench-")
	if err != nil {
		return err
	}
	if o.keep {
		fmt.Fprintln(os.Stderr, "bench: everything stays in", dir)
	} else {
		defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	}
	b := &bench{options: o, dir: dir}
	if err := b.prepare(); err != nil {
		return err
	}
	rep := &report{binary: b.gatehouse(), targets: b.targets}
	for _, workers := range o.workers {
		results, err := b.measure(workers)
		if err != nil {
			return err
		}
		rep.add(workers, results)
	}
	if rep.cold, err = b.cold(); err != nil {
		return err
	}
	return rep.print(os.Stdout)
}

func flags() (options, error) {
	var o options
	flag.IntVar(&o.rounds, "rounds", 3, "interleaved rounds")
	flag.StringVar(&o.duration, "duration", "3s", "of each measurement")
	flag.IntVar(&o.users, "users", 1000, "users of the tenant")
	workers := flag.String("workers", "8,64", "concurrent workers, one run for each")
	ops := flag.String("ops", "", "operations (default: all)")
	flag.StringVar(&o.binaries, "bin", "bin", "where gatehouse and bench/ lie")
	flag.BoolVar(&o.keep, "keep", false, "keep the databases and logs")
	flag.Parse()
	for _, w := range strings.Split(*workers, ",") {
		n, err := strconv.Atoi(w)
		if err != nil || n < 1 {
			return o, fmt.Errorf("-workers: %q is no number of workers", w)
		}
		o.workers = append(o.workers, n)
	}
	o.ops = allOps
	if *ops != "" {
		o.ops = strings.Split(*ops, ",")
	}
	var err error
	o.binaries, err = filepath.Abs(o.binaries)
	return o, err
}

var allOps = []string{"discovery", "jwks", "authorize-redirect", "login-page", "token-cc", "introspect", "userinfo", "refresh", "code-flow"}

// result is the part of an oidcload measurement that we print.
type result struct {
	Target, Op   string
	Requests     int
	Errors       int
	FirstError   string
	CPUPerOp     float64 // µs
	DBPerOp      float64 // µs
	PeakRSS, RSS int64
	OthersCPU    float64
}

// measure runs every operation on every target with so many workers.
func (b *bench) measure(workers int) ([]result, error) {
	config, err := b.config(workers)
	if err != nil {
		return nil, err
	}
	out := filepath.Join(b.dir, fmt.Sprintf("results-%d.json", workers))
	fmt.Fprintf(os.Stderr, "bench: %d workers\n", workers)
	cmd := exec.Command(b.tool("oidcload"), "compare", "-config", config, "-json", out)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("oidcload: %w", err)
	}
	raw, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	var results []result
	if err := json.Unmarshal(raw, &results); err != nil {
		return nil, err
	}
	if len(results) == 0 {
		return nil, errors.New("nothing was measured")
	}
	return results, nil
}

// cold returns oidcload's table of cold starts and idle memory.
func (b *bench) cold() (string, error) {
	config, err := b.config(b.workers[0])
	if err != nil {
		return "", err
	}
	cmd := exec.Command(b.tool("oidcload"), "cold", "-config", config, "-rounds", "5")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	return string(out), err
}

func (b *bench) gatehouse() string       { return filepath.Join(b.binaries, "gatehouse") }
func (b *bench) tool(name string) string { return filepath.Join(b.binaries, "bench", name) }
