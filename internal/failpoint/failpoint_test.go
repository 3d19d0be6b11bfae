package failpoint_test

import (
	"errors"
	"testing"

	"gatehouse/internal/failpoint"
)

func TestPoints(t *testing.T) {
	fault := errors.New("fault")
	var none *failpoint.Points
	if err := none.Hit("here"); err != nil {
		t.Error(err)
	}
	var p failpoint.Points
	if err := p.Hit("here"); err != nil {
		t.Error(err)
	}
	p.Set("here", func() error { return fault })
	if err := p.Hit("here"); !errors.Is(err, fault) {
		t.Error(err)
	}
	if err := p.Hit("there"); err != nil {
		t.Error(err)
	}
	p.Set("here", nil)
	if err := p.Hit("here"); err != nil {
		t.Error(err)
	}
}
