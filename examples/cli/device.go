package main

import (
	"context"
	"fmt"

	"golang.org/x/oauth2"
)

// device signs in with a browser that is somewhere else (RFC 8628).
func (c *CLI) device(ctx context.Context) (*oauth2.Token, error) {
	asked, err := c.oauth.DeviceAuth(ctx, oauth2.SetAuthURLParam("resource", c.api))
	if err != nil {
		return nil, err
	}
	fmt.Printf("On any device, go to\n%s\nand compare the code: %s\n", asked.VerificationURIComplete, asked.UserCode)
	return c.oauth.DeviceAccessToken(ctx, asked)
}
