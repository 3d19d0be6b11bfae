// Command oidcload measures OpenID Connect servers.
//
//	oidcload run     -config c.json -target name -op token-cc [-c 8] [-d 5s]
//	oidcload compare -config c.json [-ops a,b] [-targets x,y] [-rounds 3] [-json out.json]
//	oidcload cold    -config c.json [-targets x,y] [-rounds 5]
//	oidcload users   -n 1000 [-pattern user%06d@example.com] [-post URL -body TEMPLATE] > users.json
//
// Every worker is a closed loop over keep-alive connections: it sends the next
// request when the last one has been read to its end. Latency is therefore the
// latency at that concurrency, not at a fixed arrival rate. The number least
// disturbed by other work on the machine is the server's CPU time per request.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: oidcload run|compare|cold|users [flags]")
		os.Exit(2)
	}
	commands := map[string]func([]string) error{
		"run": runCmd, "compare": compareCmd, "cold": coldCmd, "users": usersCmd,
	}
	cmd, ok := commands[os.Args[1]]
	if !ok {
		fmt.Fprintf(os.Stderr, "oidcload: unknown command %q\n", os.Args[1])
		os.Exit(2)
	}
	if err := cmd(os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "oidcload:", err)
		os.Exit(1)
	}
}

func runCmd(args []string) error {
	fs := flag.NewFlagSet("run", flag.ExitOnError)
	path := fs.String("config", "oidcload.json", "configuration file")
	target := fs.String("target", "", "target name")
	op := fs.String("op", "discovery", "operation: "+strings.Join(opNames(), ", "))
	conc := fs.Int("c", 0, "concurrent workers (default from the configuration)")
	dur := fs.Duration("d", 0, "measured duration (default from the configuration)")
	if err := fs.Parse(args); err != nil {
		return err
	}
	cfg, err := loadConfig(*path)
	if err != nil {
		return err
	}
	if *conc > 0 {
		cfg.Concurrency = *conc
	}
	if *dur > 0 {
		cfg.Duration = duration(*dur)
	}
	targets, err := cfg.pick(*target)
	if err != nil {
		return err
	}
	if len(targets) != 1 {
		return errors.New("run takes exactly one -target")
	}
	t := targets[0]
	stop, err := t.up()
	if err != nil {
		return err
	}
	defer stop()
	r, err := measure(t, *op, cfg)
	if err != nil {
		return err
	}
	fmt.Println(r)
	return nil
}

func compareCmd(args []string) error {
	fs := flag.NewFlagSet("compare", flag.ExitOnError)
	path := fs.String("config", "oidcload.json", "configuration file")
	ops := fs.String("ops", "", "comma-separated operations (default: all that a target lists)")
	names := fs.String("targets", "", "comma-separated targets (default: all)")
	rounds := fs.Int("rounds", 0, "interleaved rounds (default from the configuration)")
	out := fs.String("json", "", "also write every single measurement to this file")
	if err := fs.Parse(args); err != nil {
		return err
	}
	cfg, err := loadConfig(*path)
	if err != nil {
		return err
	}
	if *rounds > 0 {
		cfg.Rounds = *rounds
	}
	targets, err := cfg.pick(*names)
	if err != nil {
		return err
	}
	var list []string
	if *ops != "" {
		list = strings.Split(*ops, ",")
	}
	return compare(cfg, targets, list, *out)
}

func coldCmd(args []string) error {
	fs := flag.NewFlagSet("cold", flag.ExitOnError)
	path := fs.String("config", "oidcload.json", "configuration file")
	names := fs.String("targets", "", "comma-separated targets (default: all that have a start command)")
	rounds := fs.Int("rounds", 5, "interleaved rounds")
	settle := fs.Duration("settle", 2*time.Second, "pause before idle memory is read")
	if err := fs.Parse(args); err != nil {
		return err
	}
	cfg, err := loadConfig(*path)
	if err != nil {
		return err
	}
	targets, err := cfg.pick(*names)
	if err != nil {
		return err
	}
	return coldStarts(targets, *rounds, *settle)
}
