package main

import (
	"context"
	"fmt"
	"time"

	"gatehouse/audit"
)

type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Check the log's chain and its checkpoints."`
}

type auditVerifyCommand struct {
	Checkpoints []string `help:"A further file of checkpoints: a copy, or another node's. May be given several times." placeholder:"FILE" sep:"none"`
}

// Help shows an example.
func (*auditVerifyCommand) Help() string {
	return "Example:\n  gatehouse audit verify --checkpoints /mnt/worm/node2.jsonl\n\n" +
		"It exits with 1 and names the first bad event when the log was changed.\n" +
		"The checkpoints of GATEHOUSE_AUDIT_CHECKPOINTS_FILE are read without being named."
}

// Run seals what is pending and checks the whole log.
func (a *auditVerifyCommand) Run(ctx context.Context, c *commands) error {
	h, err := look(ctx, c.Config)
	if err != nil {
		return err
	}
	defer h.close()
	if _, err := h.log.SealOnce(ctx); err != nil {
		return err
	}
	report, err := h.log.Verify(ctx, a.Checkpoints...)
	if err != nil {
		return err
	}
	if !report.OK() {
		return broken(report)
	}
	fmt.Printf("%d events, the chain is whole\n", report.Checked)
	h.tellCheckpoints(report)
	return nil
}

// tellCheckpoints says what the log was held against.
func (h *house) tellCheckpoints(r audit.Report) {
	if r.Torn > 0 {
		fmt.Printf("lines that a crash cut short: %d\n", r.Torn)
	}
	if r.Checkpoints == 0 {
		fmt.Println("no checkpoints: a log that was sealed anew as a whole cannot be told from the true one (GATEHOUSE_AUDIT_CHECKPOINTS_FILE)")
		return
	}
	fmt.Printf("checkpoints that fit: %d, the newest of %s over %d events; others check them with the key\n%s\n",
		r.Checkpoints, r.NewestAt.UTC().Format(time.RFC3339), r.Newest, h.notary.Verifier())
}

// broken says in a line what is wrong.
func broken(r audit.Report) error {
	switch r.Fault {
	case audit.FaultCheckpoint:
		return fmt.Errorf("the audit log was changed: event %d, or one up to %d, is not what the checkpoint %s saw", r.Bad, r.Until, r.Place)
	case audit.FaultCut:
		return fmt.Errorf("the audit log was cut short or restored: event %d is missing, which the checkpoint %s saw; the log ends at %d", r.Bad, r.Place, r.Head)
	case audit.FaultFork:
		return fmt.Errorf("two checkpoints over %d events contradict each other, so that one saw another log: %s", r.Bad, r.Place)
	case audit.FaultUnsigned:
		return fmt.Errorf("%s is no checkpoint of this deployment's master key, or was changed", r.Place)
	}
	return fmt.Errorf("the audit log is broken at event %d: %s", r.Bad, r.Fault)
}
