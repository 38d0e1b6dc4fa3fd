//! When an idle connection's tokens are renewed: spread at the commit, so that a million do not meet.

crate::dialect::step!(
    "
ALTER TABLE token_generation ADD COLUMN renew_at {instant};
CREATE INDEX token_generation_renew_at ON token_generation (renew_at) WHERE retired_at IS NULL
"
);
