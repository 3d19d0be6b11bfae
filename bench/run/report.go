package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"golang.org/x/crypto/argon2"
)

// row is one operation at one number of workers.
type row struct {
	op      string
	workers int
	figures map[string]figures // by target
}

// figures are medians over the rounds.
type figures struct {
	cpu, db     float64 // µs per operation
	ops, failed int
	others      float64 // share of the machine
	firstError  string
}

type report struct {
	binary  string
	targets []target
	rows    []row
	memory  map[string]int64 // highest under load
	cold    string
}

// add gathers the measurements made with so many workers.
func (r *report) add(workers int, results []result) {
	if r.memory == nil {
		r.memory = map[string]int64{}
	}
	var ops []string
	for _, m := range results {
		r.memory[m.Target] = max(r.memory[m.Target], m.PeakRSS, m.RSS)
		if !slices.Contains(ops, m.Op) {
			ops = append(ops, m.Op)
		}
	}
	for _, op := range ops {
		w := row{op: op, workers: workers, figures: map[string]figures{}}
		for _, t := range r.targets {
			w.figures[t.Name] = middle(results, t.Name, op)
		}
		r.rows = append(r.rows, w)
	}
}

func middle(results []result, target, op string) figures {
	var f figures
	var cpu, db, others []float64
	for _, m := range results {
		if m.Target != target || m.Op != op {
			continue
		}
		f.ops, f.failed = f.ops+m.Requests, f.failed+m.Errors
		if f.firstError == "" {
			f.firstError = m.FirstError
		}
		if m.Requests > 0 {
			cpu, db, others = append(cpu, m.CPUPerOp), append(db, m.DBPerOp), append(others, m.OthersCPU)
		}
	}
	f.cpu, f.db, f.others = median(cpu), median(db), median(others)
	return f
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(v))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

func (r *report) print(w io.Writer) error {
	hash := hashCost()
	fmt.Fprint(w, "\nServer CPU, µs per operation (median of the rounds; the store's apart). The ratio is to the floor.\n\n")
	fmt.Fprint(w, "| operation | workers |")
	for _, t := range r.targets {
		fmt.Fprintf(w, " %s |", t.Name)
	}
	fmt.Fprint(w, " failed / operations | others |\n|---|---|")
	for range r.targets {
		fmt.Fprint(w, "---|")
	}
	fmt.Fprint(w, "---|---|\n")
	for _, line := range r.rows {
		r.line(w, line, line.op, 0)
		if line.op == "code-flow" {
			r.line(w, line, "code-flow less the hash", hash)
		}
	}
	r.failures(w)
	signature := signatureCost()
	fmt.Fprintf(w, "\nOne argon2id hash of the default strength takes %.0f µs here; the floor hashes none. One ES256 signature takes %.0f µs.\n", hash, signature)
	fmt.Fprintf(w, "Where the targets come from they take %d and %d: this machine needs %.2f and %.2f times as long.\n",
		targetHash, targetSignature, hash/targetHash, signature/targetSignature)
	fmt.Fprintf(w, "\nCold start on a migrated store, and idle memory:\n\n%s\n", r.cold)
	fmt.Fprint(w, "| target | highest memory under load, MiB |\n|---|---|\n")
	for _, t := range r.targets {
		fmt.Fprintf(w, "| %s | %.0f |\n", t.Name, mib(r.memory[t.Name]))
	}
	info, err := os.Stat(r.binary)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nThe stripped binary has %.1f MiB.\n", mib(info.Size()))
	return nil
}

// line prints one operation; less is taken from our figures, not the floor's.
func (r *report) line(w io.Writer, line row, name string, less float64) {
	floor := line.figures["floor"]
	failed, ops, others := 0, 0, 0.0
	fmt.Fprintf(w, "| %s | %d |", name, line.workers)
	for _, t := range r.targets {
		f := line.figures[t.Name]
		others = max(others, f.others)
		if t.Name == "floor" {
			fmt.Fprintf(w, " %.0f |", f.cpu)
			continue
		}
		failed, ops = failed+f.failed, ops+f.ops
		fmt.Fprint(w, cell(f, floor, less))
	}
	fmt.Fprintf(w, " %d / %d | %.0f %% |\n", failed, ops, 100*others)
}

func cell(f, floor figures, less float64) string {
	if f.ops == 0 {
		return " failed |"
	}
	s := fmt.Sprintf(" %.0f", f.cpu-less)
	if f.db > 0 {
		s += fmt.Sprintf(" + %.0f", f.db)
	}
	if floor.cpu > 0 {
		s += fmt.Sprintf(" (×%.1f)", (f.cpu-less)/floor.cpu)
	}
	return s + " |"
}

func (r *report) failures(w io.Writer) {
	for _, line := range r.rows {
		for _, t := range r.targets {
			if f := line.figures[t.Name]; f.failed > 0 {
				fmt.Fprintf(w, "\n%s, %s, %d workers: %d failed, the first with: %s\n", t.Name, line.op, line.workers, f.failed, f.firstError)
			}
		}
	}
}

// What a hash and a signature cost where the targets were measured, in µs.
const (
	targetHash      = 17_700
	targetSignature = 26
)

// signatureCost is what one ES256 signature costs on this machine, in µs.
func signatureCost() float64 {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return 0 // shows in the table
	}
	const n = 100
	digest := sha256.Sum256([]byte(password))
	var took []float64
	for range 15 {
		began := time.Now()
		for range n {
			_, _ = ecdsa.SignASN1(rand.Reader, key, digest[:]) // fails for keys of other kinds alone
		}
		took = append(took, float64(time.Since(began).Nanoseconds())/n/1000)
	}
	return median(took)
}

// hashCost is what one hash of a password costs on this machine, in µs.
func hashCost() float64 {
	const n = 15
	var took []float64
	for range n {
		began := time.Now()
		argon2.IDKey([]byte(password), []byte("0123456789abcdef"), 2, 19*1024, 1, 32)
		took = append(took, float64(time.Since(began).Microseconds()))
	}
	return median(took)
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }
