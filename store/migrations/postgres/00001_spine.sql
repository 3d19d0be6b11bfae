-- +goose Up
CREATE TABLE deployment (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE tenants (
    tenant_id      TEXT PRIMARY KEY,
    name           TEXT NOT NULL UNIQUE,
    display_name   TEXT NOT NULL,
    default_locale TEXT NOT NULL,
    status         TEXT NOT NULL,
    settings       JSONB NOT NULL,
    version        BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL
);

CREATE TABLE domains (
    tenant_id   TEXT NOT NULL REFERENCES tenants (tenant_id),
    id          TEXT NOT NULL,
    host        TEXT NOT NULL,
    challenge   TEXT NOT NULL,
    verified_at BIGINT,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, host)
);
CREATE UNIQUE INDEX domains_verified_host ON domains (host) WHERE verified_at IS NOT NULL;

CREATE TABLE images (
    tenant_id    TEXT NOT NULL REFERENCES tenants (tenant_id),
    id           TEXT NOT NULL,
    content_type TEXT NOT NULL,
    width        BIGINT NOT NULL,
    height       BIGINT NOT NULL,
    bytes        BYTEA NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE brandings (
    tenant_id  TEXT PRIMARY KEY REFERENCES tenants (tenant_id),
    tokens     JSONB NOT NULL,
    logo_id    TEXT NOT NULL,
    version    BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE applications (
    tenant_id                 TEXT NOT NULL REFERENCES tenants (tenant_id),
    id                        TEXT NOT NULL,
    name                      TEXT NOT NULL,
    client_id                 TEXT NOT NULL,
    type                      TEXT NOT NULL,
    display_name              TEXT NOT NULL,
    status                    TEXT NOT NULL,
    client_uri                TEXT NOT NULL,
    logo_id                   TEXT NOT NULL,
    redirect_uris             JSONB NOT NULL,
    post_logout_redirect_uris JSONB NOT NULL,
    grant_types               JSONB NOT NULL,
    response_types            JSONB NOT NULL,
    auth_method               TEXT NOT NULL,
    scope                     TEXT NOT NULL,
    first_party               BOOLEAN NOT NULL,
    require_pkce              BOOLEAN NOT NULL,
    id_token_alg              TEXT NOT NULL,
    allowed_origins           JSONB NOT NULL,
    access_token_seconds      BIGINT NOT NULL,
    version                   BIGINT NOT NULL,
    created_at                BIGINT NOT NULL,
    updated_at                BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, client_id),
    UNIQUE (tenant_id, name)
);

CREATE TABLE application_secrets (
    tenant_id      TEXT NOT NULL,
    id             TEXT NOT NULL,
    application_id TEXT NOT NULL,
    hash           BYTEA NOT NULL,
    hint           TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX application_secrets_application ON application_secrets (tenant_id, application_id);

CREATE TABLE users (
    tenant_id      TEXT NOT NULL REFERENCES tenants (tenant_id),
    id             TEXT NOT NULL,
    username       TEXT NOT NULL,
    kind           TEXT NOT NULL,
    status         TEXT NOT NULL,
    email          TEXT COLLATE "C" NOT NULL,
    email_verified BOOLEAN NOT NULL,
    phone_number   TEXT NOT NULL,
    phone_verified BOOLEAN NOT NULL,
    search_name    TEXT COLLATE "C" NOT NULL,
    search_family  TEXT COLLATE "C" NOT NULL,
    claims         JSONB NOT NULL,
    version        BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, username)
);
CREATE INDEX users_email ON users (tenant_id, lower(email));
CREATE INDEX users_search_name ON users (tenant_id, search_name);
CREATE INDEX users_search_family ON users (tenant_id, search_family);
CREATE INDEX users_status ON users (tenant_id, status, id);

CREATE TABLE identifiers (
    tenant_id TEXT NOT NULL,
    value     TEXT COLLATE "C" NOT NULL,
    kind      TEXT NOT NULL,
    user_id   TEXT NOT NULL,
    PRIMARY KEY (tenant_id, value),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX identifiers_user ON identifiers (tenant_id, user_id);

CREATE TABLE credentials (
    tenant_id  TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    kind       TEXT NOT NULL,
    hash       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id, kind),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE sessions (
    tenant_id    TEXT NOT NULL,
    id           TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    kind         TEXT NOT NULL,
    secret_hash  BYTEA NOT NULL,
    auth_time    BIGINT NOT NULL,
    amr          JSONB NOT NULL,
    acr          TEXT NOT NULL,
    ip           TEXT NOT NULL,
    user_agent   TEXT NOT NULL,
    idle_seconds BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    ended_at     BIGINT,
    end_reason   TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, secret_hash),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX sessions_user ON sessions (tenant_id, user_id, id);

CREATE TABLE consents (
    tenant_id      TEXT NOT NULL,
    user_id        TEXT NOT NULL,
    application_id TEXT NOT NULL,
    scopes         JSONB NOT NULL,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id, application_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE codes (
    tenant_id      TEXT NOT NULL,
    hash           BYTEA NOT NULL,
    application_id TEXT NOT NULL,
    user_id        TEXT NOT NULL,
    session_id     TEXT NOT NULL,
    redirect_uri   TEXT NOT NULL,
    scope          TEXT NOT NULL,
    nonce          TEXT NOT NULL,
    challenge      TEXT NOT NULL,
    resource       TEXT NOT NULL,
    auth_time      BIGINT NOT NULL,
    amr            JSONB NOT NULL,
    acr            TEXT NOT NULL,
    claims_locales TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    used_at        BIGINT,
    PRIMARY KEY (tenant_id, hash),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX codes_expiry ON codes (expires_at);

CREATE TABLE token_families (
    tenant_id      TEXT NOT NULL,
    id             TEXT NOT NULL,
    application_id TEXT NOT NULL,
    user_id        TEXT NOT NULL,
    session_id     TEXT NOT NULL,
    code_hash      BYTEA NOT NULL,
    secret         BYTEA NOT NULL,
    generation     BIGINT NOT NULL,
    rotated_at     BIGINT NOT NULL,
    scope          TEXT NOT NULL,
    resource       TEXT NOT NULL,
    auth_time      BIGINT NOT NULL,
    amr            JSONB NOT NULL,
    acr            TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    idle_seconds   BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    revoked_at     BIGINT,
    revoke_reason  TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX token_families_user ON token_families (tenant_id, user_id, id);
CREATE INDEX token_families_session ON token_families (tenant_id, session_id);
CREATE INDEX token_families_code ON token_families (tenant_id, code_hash);
CREATE INDEX token_families_expiry ON token_families (expires_at);

CREATE TABLE revoked_tokens (
    tenant_id  TEXT NOT NULL REFERENCES tenants (tenant_id),
    jti        TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, jti)
);
CREATE INDEX revoked_tokens_expiry ON revoked_tokens (expires_at);

CREATE TABLE signing_keys (
    tenant_id   TEXT NOT NULL REFERENCES tenants (tenant_id),
    id          TEXT NOT NULL,
    alg         TEXT NOT NULL,
    state       TEXT NOT NULL,
    public      JSONB NOT NULL,
    private     BYTEA NOT NULL,
    created_at  BIGINT NOT NULL,
    activate_at BIGINT,
    retired_at  BIGINT,
    expires_at  BIGINT,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX signing_keys_active ON signing_keys (tenant_id, alg) WHERE state = 'active';

CREATE TABLE role_assignments (
    tenant_id     TEXT NOT NULL,
    id            TEXT NOT NULL,
    user_id       TEXT NOT NULL,
    role          TEXT NOT NULL,
    target_tenant TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    created_by    TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, user_id, role, target_tenant),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE api_clients (
    tenant_id       TEXT NOT NULL,
    application_id  TEXT NOT NULL,
    name            TEXT NOT NULL,
    owner_user_id   TEXT NOT NULL,
    tenants         JSONB NOT NULL,
    permissions     JSONB NOT NULL,
    addresses       JSONB NOT NULL,
    rate_per_minute BIGINT NOT NULL,
    expires_at      BIGINT,
    last_used_at    BIGINT,
    version         BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, application_id),
    UNIQUE (tenant_id, name),
    FOREIGN KEY (tenant_id, application_id) REFERENCES applications (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE setup_links (
    tenant_id  TEXT NOT NULL REFERENCES tenants (tenant_id),
    hash       BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT,
    PRIMARY KEY (tenant_id, hash)
);

CREATE TABLE attempts (
    tenant_id        TEXT NOT NULL REFERENCES tenants (tenant_id),
    id               TEXT NOT NULL,
    reference        TEXT NOT NULL,
    kind             TEXT NOT NULL,
    at               BIGINT NOT NULL,
    duration_micros  BIGINT NOT NULL,
    user_id          TEXT NOT NULL,
    identifier_class TEXT NOT NULL,
    identifier_mac   TEXT NOT NULL,
    application_id   TEXT NOT NULL,
    client_id        TEXT NOT NULL,
    method           TEXT NOT NULL,
    outcome          TEXT NOT NULL,
    reason           TEXT NOT NULL,
    steps            JSONB NOT NULL,
    request_id       TEXT NOT NULL,
    ip               TEXT NOT NULL,
    user_agent       TEXT NOT NULL,
    details          JSONB NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX attempts_user ON attempts (tenant_id, user_id, id);
CREATE INDEX attempts_application ON attempts (tenant_id, application_id, id);
CREATE INDEX attempts_reference ON attempts (tenant_id, reference);
CREATE INDEX attempts_outcome ON attempts (tenant_id, outcome, id);
CREATE INDEX attempts_time ON attempts (tenant_id, at);

CREATE TABLE audit_pending (
    tenant_id      TEXT NOT NULL,
    id             TEXT NOT NULL,
    at             BIGINT NOT NULL,
    action         TEXT NOT NULL,
    outcome        TEXT NOT NULL,
    reason         TEXT NOT NULL,
    actor_type     TEXT NOT NULL,
    actor_id       TEXT NOT NULL,
    actor_name     TEXT NOT NULL,
    via            TEXT NOT NULL,
    target_type    TEXT NOT NULL,
    target_id      TEXT NOT NULL,
    target_name    TEXT NOT NULL,
    user_id        TEXT NOT NULL,
    application_id TEXT NOT NULL,
    session_id     TEXT NOT NULL,
    attempt_id     TEXT NOT NULL,
    request_id     TEXT NOT NULL,
    ip             TEXT NOT NULL,
    user_agent     TEXT NOT NULL,
    details        JSONB NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE UNIQUE INDEX audit_pending_id ON audit_pending (id);

CREATE TABLE events (
    tenant_id      TEXT NOT NULL,
    id             TEXT NOT NULL,
    at             BIGINT NOT NULL,
    action         TEXT NOT NULL,
    outcome        TEXT NOT NULL,
    reason         TEXT NOT NULL,
    actor_type     TEXT NOT NULL,
    actor_id       TEXT NOT NULL,
    actor_name     TEXT NOT NULL,
    via            TEXT NOT NULL,
    target_type    TEXT NOT NULL,
    target_id      TEXT NOT NULL,
    target_name    TEXT NOT NULL,
    user_id        TEXT NOT NULL,
    application_id TEXT NOT NULL,
    session_id     TEXT NOT NULL,
    attempt_id     TEXT NOT NULL,
    request_id     TEXT NOT NULL,
    ip             TEXT NOT NULL,
    user_agent     TEXT NOT NULL,
    details        TEXT NOT NULL,
    number         BIGINT NOT NULL UNIQUE,
    prev_hash      BYTEA NOT NULL,
    hash           BYTEA NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX events_tenant ON events (tenant_id, number);
CREATE UNIQUE INDEX events_id ON events (id);
CREATE INDEX events_user ON events (tenant_id, user_id, id);
CREATE INDEX events_target ON events (tenant_id, target_id, id);
CREATE INDEX events_action ON events (tenant_id, action, id);

CREATE TABLE audit_head (
    id          BIGINT PRIMARY KEY,
    number      BIGINT NOT NULL,
    hash        BYTEA NOT NULL,
    epoch       BIGINT NOT NULL,
    holder      TEXT NOT NULL,
    lease_until BIGINT
);
INSERT INTO audit_head (id, number, hash, epoch, holder) VALUES (1, 0, '', 0, '');

CREATE TABLE counters (
    tenant_id  TEXT NOT NULL,
    key        TEXT NOT NULL,
    count      BIGINT NOT NULL,
    window_end BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
CREATE INDEX counters_window ON counters (window_end);

CREATE TABLE idempotency_keys (
    tenant_id    TEXT NOT NULL REFERENCES tenants (tenant_id),
    principal    TEXT NOT NULL,
    key          TEXT NOT NULL,
    request_hash BYTEA NOT NULL,
    status       BIGINT NOT NULL,
    answer       BYTEA NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, principal, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- The log is written once (security requirement R135).
-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Row-level security (R2): a transaction sees the tenant that it names, and
-- none when it names none; '*' is the system scope.
-- +goose StatementBegin
DO $$
DECLARE
    t TEXT;
BEGIN
    FOREACH t IN ARRAY ARRAY[
        'tenants',
        'domains',
        'images',
        'brandings',
        'applications',
        'application_secrets',
        'users',
        'identifiers',
        'credentials',
        'sessions',
        'consents',
        'codes',
        'token_families',
        'revoked_tokens',
        'signing_keys',
        'role_assignments',
        'api_clients',
        'setup_links',
        'attempts',
        'audit_pending',
        'events',
        'counters',
        'idempotency_keys'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = current_setting(''app.tenant'', true)
            OR current_setting(''app.tenant'', true) = ''*'')', t);
    END LOOP;
END
$$;
-- +goose StatementEnd
