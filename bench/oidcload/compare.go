package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"
)

var cores = runtime.NumCPU()

// compare measures every operation on every target in interleaved rounds, so
// that a slow minute of the machine falls on all of them, and prints medians.
func compare(cfg *Config, targets []*Target, ops []string, out string) error {
	for _, t := range targets {
		stop, err := t.up()
		if err != nil {
			return err
		}
		defer stop()
	}
	if len(ops) == 0 {
		ops = listed(targets)
	}
	time.Sleep(time.Second)
	for _, t := range targets {
		t.idleRSS = memory(t.pid, "VmRSS")
	}
	var all []Result
	for _, op := range ops {
		for round := range cfg.Rounds {
			all = append(all, interleave(cfg, targets, op, round)...)
		}
		table(os.Stdout, op, targets, all)
	}
	fmt.Printf("\n| target | first 200, ms | idle RSS, MiB | RSS after load, MiB |\n|---|---|---|---|\n")
	for _, t := range targets {
		fmt.Printf("| %s | %.0f | %.0f | %.0f |\n", t.Name, t.bootMS, mib(t.idleRSS), mib(memory(t.pid, "VmRSS")))
	}
	if out == "" {
		return nil
	}
	b, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(out, b, 0o644)
}

// listed is every operation that some target names, the cheapest first.
func listed(targets []*Target) []string {
	var ops []string
	for _, name := range opNames() {
		if slices.ContainsFunc(targets, func(t *Target) bool { return slices.Contains(t.Ops, name) }) {
			ops = append(ops, name)
		}
	}
	return ops
}

// interleave measures an operation once on each target that has it; each round
// begins with another target.
func interleave(cfg *Config, targets []*Target, op string, round int) []Result {
	var all []Result
	for i := range targets {
		t := targets[(i+round)%len(targets)]
		if len(t.Ops) > 0 && !slices.Contains(t.Ops, op) {
			continue
		}
		r, err := measure(t, op, cfg)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			r.Errors = max(r.Errors, 1)
		} else {
			fmt.Fprintln(os.Stderr, r)
		}
		all = append(all, r)
	}
	return all
}

func table(f *os.File, op string, targets []*Target, all []Result) {
	type row struct {
		name                                      string
		cpu, db, rps, p50, p90, p99, peak, others []float64
		errors, ops                               int
		http, bytes                               float64
	}
	var rows []row
	best := 0.0
	for _, t := range targets {
		w := row{name: t.Name}
		for _, r := range all {
			if r.Target != t.Name || r.Op != op || r.Requests == 0 {
				continue
			}
			w.cpu, w.db, w.rps = append(w.cpu, r.CPUPerOp), append(w.db, r.DBPerOp), append(w.rps, r.PerSecond)
			w.p50, w.p90, w.p99 = append(w.p50, ms(r.P50)), append(w.p90, ms(r.P90)), append(w.p99, ms(r.P99))
			w.peak, w.others = append(w.peak, mib(r.PeakRSS)), append(w.others, 100*r.OthersCPU)
			w.errors, w.ops = w.errors+r.Errors, w.ops+r.Requests
			w.http, w.bytes = float64(r.HTTP)/float64(r.Requests), float64(r.In)/float64(r.Requests)
		}
		if len(w.cpu) == 0 {
			continue
		}
		if m := median(w.cpu); best == 0 || m < best {
			best = m
		}
		rows = append(rows, w)
	}
	fmt.Fprintf(f, "\n### %s\n\n| target | server CPU µs/op | ×best | store CPU µs/op | ops/s | p50 ms | p90 ms | p99 ms | peak RSS MiB | http/op | bytes in/op | errors/ops | others %% |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n", op)
	for _, w := range rows {
		fmt.Fprintf(f, "| %s | %s | %.2f | %s | %s | %.2f | %.2f | %.2f | %.0f | %.1f | %.0f | %d/%d | %.0f |\n",
			w.name, spread(w.cpu), median(w.cpu)/best, spread(w.db), spread(w.rps),
			median(w.p50), median(w.p90), median(w.p99), slices.Max(w.peak), w.http, w.bytes, w.errors, w.ops, median(w.others))
	}
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	n := len(s)
	if n == 0 {
		return 0
	}
	return (s[(n-1)/2] + s[n/2]) / 2
}

// spread is a median with its range.
func spread(v []float64) string {
	if len(v) == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f [%.0f–%.0f]", median(v), slices.Min(v), slices.Max(v))
}

func us(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
func ms(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
func mib(n int64) float64        { return float64(n) / (1 << 20) }
