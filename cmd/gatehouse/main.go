// Gatehouse is an identity server: OAuth 2 and OpenID Connect for applications,
// branded sign-in pages for their users, and a console for those who run it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the build.
var version = "dev"

// commands are all that the program can do, one file each.
type commands struct {
	Config string `help:"YAML file of settings; the environment wins over it." type:"path" placeholder:"FILE"`

	Serve   serveCommand   `cmd:"" help:"Serve; migrates the database first."`
	Migrate migrateCommand `cmd:"" help:"Bring the database schema up to date and stop."`
	Apply   applyCommand   `cmd:"" help:"Make the stored configuration equal to the files."`
	Diff    diffCommand    `cmd:"" help:"Show what apply would change."`
	Export  exportCommand  `cmd:"" help:"Print the live configuration as files."`
	Admin   adminCommand   `cmd:"" help:"Administrators."`
	Keys    keysCommand    `cmd:"" help:"Signing keys."`
	Audit   auditCommand   `cmd:"" help:"The audit log."`
	Doctor  doctorCommand  `cmd:"" help:"Look for what is wrong with this deployment."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// run runs one command and returns the program's exit code. What fails is one
// line on standard error.
func run(ctx context.Context, args []string) int {
	var c commands
	parser, err := kong.New(&c, kong.Name("gatehouse"), kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Description("The identity server that companies put in front of their customers."))
	if err != nil {
		return fail(err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		return fail(err)
	}
	chosen.BindTo(ctx, (*context.Context)(nil))
	if err := chosen.Run(&c); err != nil {
		return fail(err)
	}
	return 0
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, "gatehouse: "+strings.TrimSpace(err.Error()))
	return 1
}
