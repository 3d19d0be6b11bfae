package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"gatehouse/identity/access"
	"gatehouse/identity/users"
	"gatehouse/internal/caller"
	"gatehouse/models"
	"gatehouse/store"
)

type adminCommand struct {
	Create adminCreateCommand `cmd:"" help:"Make an administrator, without a browser."`
}

type adminCreateCommand struct {
	Email         string `required:"" help:"E-mail address to sign in with." placeholder:"E"`
	Name          string `help:"What people call the administrator."`
	Role          string `help:"owner, tenant_admin, support or auditor." default:"owner" enum:"owner,tenant_admin,support,auditor"`
	PasswordStdin bool   `help:"Read the password from standard input."`
}

// Help shows an example.
func (*adminCreateCommand) Help() string {
	return "Example:\n  gatehouse admin create --email ops@example.com --password-stdin < password.txt"
}

// Run makes the administrator, with his role in every tenant.
func (a *adminCreateCommand) Run(ctx context.Context, c *commands) error {
	password, err := a.password()
	if err != nil {
		return err
	}
	if password == "" { // nobody could sign in with the account, and the set-up link would be spent
		return errors.New("the password is empty")
	}
	h, err := build(ctx, c.Config, true)
	if err != nil {
		return err
	}
	defer h.close()
	ctx = operator(ctx, caller.ViaApply)
	err = h.db.Tenant(h.system).Write(ctx, func(tx *store.Tx) error {
		u, err := h.users.Create(ctx, tx, users.New{
			Profile:  users.Profile{Email: a.Email, EmailVerified: true, Claims: models.Claims{Name: a.Name}},
			Password: password,
		})
		if err != nil {
			return err
		}
		_, err = h.access.Assign(ctx, tx, access.Assignment{UserID: u.ID, UserName: u.Username, Role: access.Role(a.Role)})
		return err
	})
	if err != nil {
		return plain(err)
	}
	fmt.Printf("%s can sign in to the console at %s\n", a.Email, h.config.ConsoleURL)
	return nil
}

func (a *adminCreateCommand) password() (string, error) {
	if !a.PasswordStdin && term.IsTerminal(int(os.Stdin.Fd())) {
		fmt.Fprint(os.Stderr, "Password: ")
		typed, err := term.ReadPassword(int(os.Stdin.Fd()))
		fmt.Fprintln(os.Stderr)
		return string(typed), err
	}
	if !a.PasswordStdin {
		return "", errors.New("give the password with --password-stdin")
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}
