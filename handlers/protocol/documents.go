package protocol

import (
	"math"
	"mime"
	"slices"
	"strconv"

	"gatehouse/handlers/web"
	"gatehouse/oidc"
)

func (e *Endpoints) metadata(r *web.Request) error {
	t := e.tenant(r)
	return e.public(r, e.Provider.Metadata(r.Context(), t))
}

func (e *Endpoints) userResource(r *web.Request) error {
	return e.public(r, e.Provider.UserResource(e.tenant(r)))
}

func (e *Endpoints) managementResource(r *web.Request) error {
	return e.public(r, e.Provider.ManagementResource(e.tenant(r)))
}

func (e *Endpoints) jwks(r *web.Request) error {
	t := e.tenant(r)
	return e.public(r, e.Provider.JWKS(r.Context(), t))
}

func (e *Endpoints) token(r *web.Request) error {
	t := e.tenant(r)
	return e.write(r, e.Provider.Token(r.Context(), t, params(r), r.Header("Authorization")))
}

func (e *Endpoints) deviceAuthorization(r *web.Request) error {
	t := e.tenant(r)
	return e.write(r, e.Provider.DeviceAuthorization(r.Context(), t, params(r), r.Header("Authorization")))
}

func (e *Endpoints) push(r *web.Request) error {
	t := e.tenant(r)
	return e.write(r, e.Provider.Push(r.Context(), t, params(r), r.Header("Authorization")))
}

func (e *Endpoints) backchannel(r *web.Request) error {
	t := e.tenant(r)
	return e.write(r, e.Provider.BackchannelAuthentication(r.Context(), t, params(r), r.Header("Authorization")))
}

// register takes client metadata as JSON; anything else is no metadata.
func (e *Endpoints) register(r *web.Request) error {
	t := e.tenant(r)
	return e.document(r, e.Provider.Register(r.Context(), t, clientMetadata(r), authorization(r)))
}

func (e *Endpoints) registration(r *web.Request) error {
	t := e.tenant(r)
	return e.document(r, e.Provider.ManagedRegistration(r.Context(), t, r.Param("client"), authorization(r)))
}

func (e *Endpoints) reregister(r *web.Request) error {
	t := e.tenant(r)
	return e.document(r, e.Provider.Reregister(r.Context(), t, r.Param("client"), clientMetadata(r), authorization(r)))
}

func (e *Endpoints) deregister(r *web.Request) error {
	t := e.tenant(r)
	return e.document(r, e.Provider.Deregister(r.Context(), t, r.Param("client"), authorization(r)))
}

// authorization is the header of that name; one that came twice is none.
func authorization(r *web.Request) string {
	if r.Repeated("Authorization") {
		return ""
	}
	return r.Header("Authorization")
}

func clientMetadata(r *web.Request) []byte {
	if kind, _, err := mime.ParseMediaType(r.Header("Content-Type")); err != nil || kind != "application/json" {
		return nil
	}
	return r.Body()
}

func (e *Endpoints) revoke(r *web.Request) error {
	t := e.tenant(r)
	return e.write(r, e.Provider.Revoke(r.Context(), t, params(r), r.Header("Authorization")))
}

func (e *Endpoints) introspect(r *web.Request) error {
	t, in := e.tenant(r), params(r)
	in.Accept = r.Header("Accept")
	return e.write(r, e.Provider.Introspect(r.Context(), t, in, r.Header("Authorization")))
}

func (e *Endpoints) userinfo(r *web.Request) error {
	t, form := e.tenant(r), proofs(r)
	if r.Method() == "POST" && len(r.Body()) > 0 {
		form = params(r)
	}
	return e.write(r, e.Provider.UserInfo(r.Context(), t, r.Header("Authorization"), form))
}

// public writes a document that anybody may fetch; scripts may read it from the
// origins that the tenant's applications registered (R48).
func (e *Endpoints) public(r *web.Request, d oidc.Document) error {
	known, err := e.known(r)
	if err != nil {
		return err
	}
	if known {
		r.SetHeader("Access-Control-Allow-Origin", r.Header("Origin"))
	}
	r.SetHeader("Vary", "Origin")
	return e.document(r, d)
}

// write writes a document for one client: scripts may read it from the origins
// that this client registered.
func (e *Endpoints) write(r *web.Request, d oidc.Document) error {
	if origin := r.Header("Origin"); origin != "" && d.Application != nil && slices.Contains(d.Application.AllowedOrigins.V, origin) {
		r.SetHeader("Access-Control-Allow-Origin", origin)
		r.SetHeader("Access-Control-Expose-Headers", "DPoP-Nonce, WWW-Authenticate") // RFC 9449 §8.1
	}
	r.SetHeader("Vary", "Origin")
	return e.document(r, d)
}

func (e *Endpoints) document(r *web.Request, d oidc.Document) error {
	switch {
	case d.CacheSeconds > 0:
		r.SetHeader("Cache-Control", "public, max-age="+strconv.Itoa(d.CacheSeconds))
	default:
		r.SetHeader("Pragma", "no-cache") // RFC 6749 §5.1
	}
	if d.Challenge != "" {
		r.SetHeader("WWW-Authenticate", d.Challenge)
	}
	if d.DPoPNonce != "" {
		r.SetHeader("DPoP-Nonce", d.DPoPNonce)
	}
	if d.RetryAfter > 0 {
		r.SetHeader("Retry-After", strconv.Itoa(int(math.Ceil(d.RetryAfter.Seconds()))))
	}
	if len(d.Body) == 0 {
		return r.NoContent(d.Status)
	}
	if d.ContentType != "" {
		return r.Bytes(d.Status, d.ContentType, d.Body)
	}
	return r.JSONBytes(d.Status, d.Body)
}

// preflight answers a browser that asks before a script may send (R48). Which
// client it will be is not known yet: the answer itself is guarded again.
func (e *Endpoints) preflight(r *web.Request) error {
	known, err := e.known(r)
	if err != nil {
		return err
	}
	r.SetHeader("Vary", "Origin")
	if known {
		r.SetHeader("Access-Control-Allow-Origin", r.Header("Origin"))
		r.SetHeader("Access-Control-Allow-Methods", "GET, POST")
		r.SetHeader("Access-Control-Allow-Headers", "Authorization, Content-Type, DPoP")
		r.SetHeader("Access-Control-Max-Age", "600")
	}
	return r.NoContent(204)
}

func (e *Endpoints) known(r *web.Request) (bool, error) {
	origin := r.Header("Origin")
	if origin == "" || origin == "null" {
		return false, nil
	}
	return e.Origins.KnowsOrigin(r.Context(), r.Store, origin)
}
