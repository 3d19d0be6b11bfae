package main

import (
	"context"
	"fmt"
)

type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Check the log's chain."`
}

type auditVerifyCommand struct{}

// Help shows an example.
func (*auditVerifyCommand) Help() string {
	return "Example:\n  gatehouse audit verify\n\nIt exits with 1 and names the first bad event when the log was changed."
}

// Run seals what is pending and checks the whole log.
func (*auditVerifyCommand) Run(ctx context.Context, c *commands) error {
	h, err := look(ctx, c.Config)
	if err != nil {
		return err
	}
	defer h.close()
	if _, err := h.log.Seal(ctx); err != nil {
		return err
	}
	report, err := h.log.Verify(ctx)
	if err != nil {
		return err
	}
	if !report.OK() {
		return fmt.Errorf("the audit log is broken at event %d: %s", report.Bad, report.Fault)
	}
	fmt.Printf("%d events, the chain is whole\n", report.Checked)
	return nil
}
