//! Statements about workspaces.

use rapport_base::{MemberId, Result, UserId, WorkspaceId};
use rapport_db::{SystemTx, TenantTx, row};

use super::{NewWorkspace, WorkspaceSettings};

/// `false` when the slug is taken.
pub(crate) async fn insert(tx: &SystemTx, id: WorkspaceId, slug: &str, new: &NewWorkspace) -> Result<bool> {
    let now = tx.now();
    let rows = tx
        .execute(
            "insert into identity.workspaces (id, slug, name, currency, timezone, locale, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $7) on conflict (slug) do nothing",
            &[&id, &slug, &new.name, &new.currency, &new.timezone, &new.locale, &now],
        )
        .await?;
    Ok(rows == 1)
}

pub(crate) async fn insert_member(
    tx: &SystemTx,
    workspace: WorkspaceId,
    member: MemberId,
    user: UserId,
    role: &str,
) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "insert into identity.memberships (workspace_id, id, user_id, role, joined_at, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $5, $5)",
        &[&workspace, &member, &user, &role, &now],
    )
    .await?;
    Ok(())
}

macro_rules! settings {
    ($ending:literal) => {
        concat!(
            "select id, slug, name, currency, timezone, locale, week_start, address_line1, address_line2, postal_code,
               city, region, country, tax_id, company_number, email, phone, website, invoice_prefix, invoice_footer,
               invoice_notes, payment_terms_days, default_hourly_rate_cents, prices_include_tax, tax_rounding,
               bank_details, brand_color, logo_key, logo_content_type, portal_link_days, portal_link_single_use,
               portal_require_code, portal_welcome_text, daily_hour_limit_seconds, onboarding_dismissed_at,
               sample_data_at, created_at, updated_at, version
             from identity.workspaces where id = $1",
            $ending
        )
    };
}

pub(crate) async fn settings(tx: &TenantTx) -> Result<WorkspaceSettings> {
    tx.get(settings!(""), &[&tx.workspace()]).await
}

pub(crate) async fn lock_settings(tx: &TenantTx) -> Result<WorkspaceSettings> {
    tx.get(settings!(" for update"), &[&tx.workspace()]).await
}

pub(crate) async fn save(tx: &TenantTx, w: &WorkspaceSettings) -> Result<()> {
    tx.execute(
        "update identity.workspaces set slug = $2, name = $3, currency = $4, timezone = $5, locale = $6, week_start = $7,
           address_line1 = $8, address_line2 = $9, postal_code = $10, city = $11, region = $12, country = $13,
           tax_id = $14, company_number = $15, email = $16, phone = $17, website = $18, invoice_prefix = $19,
           invoice_footer = $20, invoice_notes = $21, payment_terms_days = $22, default_hourly_rate_cents = $23,
           prices_include_tax = $24, tax_rounding = $25, bank_details = $26, brand_color = $27, portal_link_days = $28,
           portal_link_single_use = $29, portal_require_code = $30, portal_welcome_text = $31,
           daily_hour_limit_seconds = $32, logo_key = $33, logo_content_type = $34, updated_at = $35, version = $36
         where id = $1",
        &[
            &tx.workspace(),
            &w.slug,
            &w.name,
            &w.currency,
            &w.timezone,
            &w.locale,
            &w.week_start,
            &w.address_line1,
            &w.address_line2,
            &w.postal_code,
            &w.city,
            &w.region,
            &w.country,
            &w.tax_id,
            &w.company_number,
            &w.email,
            &w.phone,
            &w.website,
            &w.invoice_prefix,
            &w.invoice_footer,
            &w.invoice_notes,
            &w.payment_terms_days,
            &w.default_hourly_rate_cents,
            &w.prices_include_tax,
            &w.tax_rounding,
            &w.bank_details,
            &w.brand_color,
            &w.portal_link_days,
            &w.portal_link_single_use,
            &w.portal_require_code,
            &w.portal_welcome_text,
            &w.daily_hour_limit_seconds,
            &w.logo_key,
            &w.logo_content_type,
            &w.updated_at,
            &w.version,
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn dismiss_first_steps(tx: &TenantTx) -> Result<()> {
    tx.execute(
        "update identity.workspaces set onboarding_dismissed_at = $2 where id = $1 and onboarding_dismissed_at is null",
        &[&tx.workspace(), &tx.now()],
    )
    .await?;
    Ok(())
}

pub(crate) async fn note_sample_data(tx: &TenantTx, added: bool) -> Result<()> {
    let at = added.then(|| tx.now());
    tx.execute("update identity.workspaces set sample_data_at = $2 where id = $1", &[&tx.workspace(), &at])
        .await?;
    Ok(())
}

/// The logo of a workspace, wherever it is asked for.
pub(crate) async fn logo(tx: &SystemTx, workspace: WorkspaceId) -> Result<Option<(String, String)>> {
    tx.find(
        "select logo_key, logo_content_type from identity.workspaces where id = $1 and logo_key is not null",
        &[&workspace],
    )
    .await
}

row! {
    /// A workspace of a person, for choosing.
    pub(crate) struct Choosable {
        pub name: String,
        pub slug: String,
        pub role: String,
    }
}

/// The workspaces of a person, the last one worked in first.
pub(crate) async fn of_user(tx: &SystemTx, user: UserId) -> Result<Vec<Choosable>> {
    tx.query(
        "select w.name, w.slug, m.role
         from identity.memberships m
         join identity.workspaces w on w.id = m.workspace_id and w.status = 'active'
         join identity.users u on u.id = m.user_id
         where m.user_id = $1 and m.is_active
         order by (w.id = u.last_workspace_id) desc nulls last, w.name, w.id",
        &[&user],
    )
    .await
}
