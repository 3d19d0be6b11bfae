// Package mtls has clients prove themselves by certificates, on connections that
// the server itself encrypts and behind a proxy that hands the certificates over
// (RFC 8705).
package mtls
