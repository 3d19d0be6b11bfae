package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const tick = 10 * time.Millisecond // USER_HZ is 100 on Linux

// cpuTime is the CPU time used so far by a process and all its descendants.
func cpuTime(pid int) time.Duration {
	var sum time.Duration
	for _, p := range tree(pid) {
		if f := stat(p); f != nil {
			for _, i := range []int{11, 12, 13, 14} { // utime stime cutime cstime
				n, _ := strconv.ParseInt(f[i], 10, 64)
				sum += time.Duration(n) * tick
			}
		}
	}
	return sum
}

// stat is /proc/PID/stat from its third field on.
func stat(pid int) []string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	return strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
}

// tree is a process and all its living descendants.
func tree(pid int) []int {
	if pid == 0 {
		return nil
	}
	children := map[int][]int{}
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, d := range dirs {
		p, _ := strconv.Atoi(filepath.Base(d))
		if f := stat(p); f != nil {
			pp, _ := strconv.Atoi(f[1])
			children[pp] = append(children[pp], p)
		}
	}
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

// memory reads a field of /proc/PID/status in bytes, such as VmRSS or VmHWM.
func memory(pid int, field string) int64 {
	var sum int64
	for _, p := range tree(pid) {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p))
		for line := range strings.Lines(string(b)) {
			if v, ok := strings.CutPrefix(line, field+":"); ok {
				n, _ := strconv.ParseInt(strings.Fields(v)[0], 10, 64)
				sum += n << 10
			}
		}
	}
	return sum
}

// resetPeak starts a new peak-memory interval.
func resetPeak(pid int) {
	for _, p := range tree(pid) {
		// Without the right to do so the peak is that of the whole life.
		os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p), []byte("5"), 0) //nolint:errcheck // see above
	}
}

func selfCPU() time.Duration {
	var ru syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &ru); err != nil {
		return 0
	}
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

// machineBusy is the CPU time that the whole machine has spent not idle,
// with what a hypervisor stole from it.
func machineBusy() time.Duration {
	b, _ := os.ReadFile("/proc/stat")
	line, _, _ := strings.Cut(string(b), "\n")
	var sum time.Duration
	for i, s := range strings.Fields(line)[1:] {
		n, _ := strconv.ParseInt(s, 10, 64)
		if i != 3 && i != 4 && i < 8 { // idle, iowait; guest time is in user already
			sum += time.Duration(n) * tick
		}
	}
	return sum
}

func readPID(path string) int {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(b), "\n")
	n, _ := strconv.Atoi(strings.TrimSpace(line))
	return n
}

// up starts the target if it has a start command, waits until its discovery
// document answers 200, and returns what stops it again.
func (t *Target) up() (stop func(), err error) {
	stop = func() {}
	if t.DBPID != "" {
		t.dbpid = readPID(t.DBPID)
	}
	if t.PIDFile != "" {
		t.pid = readPID(t.PIDFile)
	}
	began := time.Now()
	if len(t.Start) > 0 {
		logFile, err := os.Create(filepath.Join(os.TempDir(), "oidcload-"+t.Name+".log"))
		if err != nil {
			return stop, err
		}
		cmd := exec.Command(t.Start[0], t.Start[1:]...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = t.Dir, logFile, logFile
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} // not to outlive us
		cmd.Env = os.Environ()
		for k, v := range t.Env {
			cmd.Env = append(cmd.Env, k+"="+v)
		}
		began = time.Now()
		if err := cmd.Start(); err != nil {
			return stop, err
		}
		t.pid = cmd.Process.Pid
		done := make(chan struct{})
		go func() {
			defer close(done)
			cmd.Wait() //nolint:errcheck // it ends by our signal
		}()
		stop = func() {
			cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended already
			select {
			case <-done:
			case <-time.After(5 * time.Second):
				cmd.Process.Kill() //nolint:errcheck // it may have ended already
				<-done
			}
			logFile.Close()
		}
	}
	client := &http.Client{Transport: newTransport(t, nil), Timeout: 5 * time.Second}
	for time.Since(began) < 60*time.Second {
		if meta, err := fetchDiscovery(client, t.Issuer); err == nil {
			t.bootMS = float64(time.Since(began).Microseconds()) / 1e3
			t.meta = meta
			return stop, nil
		}
		time.Sleep(time.Millisecond)
	}
	stop()
	return func() {}, fmt.Errorf("%s: no discovery document within a minute", t.Name)
}

func fetchDiscovery(c *http.Client, issuer string) (map[string]any, error) {
	resp, err := c.Get(strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		return nil, errors.New(resp.Status)
	}
	var meta map[string]any
	return meta, json.NewDecoder(resp.Body).Decode(&meta)
}

// coldStarts measures the time from exec to the first 200 on discovery, and idle memory.
func coldStarts(targets []*Target, rounds int, settle time.Duration) error {
	boot, cpu, rss := map[string][]float64{}, map[string][]float64{}, map[string][]float64{}
	var names []string
	for r := range rounds {
		for _, t := range targets {
			if len(t.Start) == 0 {
				continue
			}
			if r == 0 {
				names = append(names, t.Name)
			}
			stop, err := t.up()
			if err != nil {
				return err
			}
			boot[t.Name] = append(boot[t.Name], t.bootMS)
			cpu[t.Name] = append(cpu[t.Name], ms(cpuTime(t.pid)))
			time.Sleep(settle)
			rss[t.Name] = append(rss[t.Name], float64(memory(t.pid, "VmRSS"))/(1<<20))
			stop()
		}
	}
	fmt.Println("| target | to first 200, ms | CPU until then, ms | idle RSS, MiB |\n|---|---|---|---|")
	for _, n := range names {
		fmt.Printf("| %s | %s | %s | %s |\n", n, spread(boot[n]), spread(cpu[n]), spread(rss[n]))
	}
	return nil
}
