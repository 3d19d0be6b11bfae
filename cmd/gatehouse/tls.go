package main

import (
	"crypto/tls"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"gatehouse/handlers/web"
	"gatehouse/internal/config"
)

// wrapTLS serves TLS from the configured files, which are read again when they
// change.
func (h *house) wrapTLS(l net.Listener) (net.Listener, error) {
	pair := &certificate{cert: h.config.TLS.CertFile, key: h.config.TLS.KeyFile, logger: h.logger}
	if _, err := pair.current(); err != nil {
		return nil, err
	}
	c := &tls.Config{
		MinVersion: tls.VersionTLS12,
		CipherSuites: []uint16{ // of TLS 1.2: those of RFC 9325 §4.2 alone, as FAPI 2.0 has it (Security Profile §5.2.2)
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return pair.current() },
	}
	if h.config.TLS.ClientCerts == config.ClientCertsRequest {
		c.ClientAuth = tls.RequestClientCert
	}
	return tls.NewListener(l, c), nil
}

// clientCertificates is where the certificates of clients come from.
func (h *house) clientCertificates() web.ClientCertificates {
	t := h.config.TLS
	return web.ClientCertificates{TLS: t.ClientCerts == config.ClientCertsRequest, Header: t.ClientCertHeader}
}

// recheck is how old a certificate may be before its file is looked at again.
const recheck = 10 * time.Second

// certificate is a key pair that follows its files.
type certificate struct {
	cert, key string
	logger    *slog.Logger

	mu      sync.Mutex
	loaded  *tls.Certificate
	changed time.Time // of the file that was loaded
	looked  time.Time
}

// current returns the pair. One that cannot be read leaves the former in use,
// and a warning: the former ends one day.
func (c *certificate) current() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.loaded != nil && time.Since(c.looked) < recheck {
		return c.loaded, nil
	}
	c.looked = time.Now()
	info, err := os.Stat(c.cert)
	if err == nil && c.loaded != nil && info.ModTime().Equal(c.changed) {
		return c.loaded, nil
	}
	if err == nil {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(c.cert, c.key); err == nil {
			c.loaded, c.changed = &pair, info.ModTime()
		}
	}
	if err != nil && c.loaded != nil {
		c.logger.Warn("the new certificate cannot be used, the former is", "file", c.cert, "error", err)
		err = nil
	}
	return c.loaded, err
}
