-- Client pulse: the health of each client as a number with its reasons.

create schema pulse;
comment on schema pulse is 'Health scores of clients, their factors and settings';
grant usage on schema pulse to rapport_app, rapport_system;

create table pulse.settings (
  workspace_id uuid not null,
  communication_weight smallint not null default 20 check (communication_weight between 0 and 100),
  sentiment_weight smallint not null default 15 check (sentiment_weight between 0 and 100),
  delivery_weight smallint not null default 20 check (delivery_weight between 0 and 100),
  payment_weight smallint not null default 20 check (payment_weight between 0 and 100),
  satisfaction_weight smallint not null default 10 check (satisfaction_weight between 0 and 100),
  engagement_weight smallint not null default 10 check (engagement_weight between 0 and 100),
  relationship_weight smallint not null default 5 check (relationship_weight between 0 and 100),
  healthy_from smallint not null default 70 check (healthy_from between 2 and 100),
  at_risk_from smallint not null default 40 check (at_risk_from between 1 and 99),
  hysteresis smallint not null default 3 check (hysteresis between 0 and 20),
  revision integer not null default 1,
  updated_by uuid,
  updated_at timestamptz not null default now(),
  version integer not null default 1,
  primary key (workspace_id),
  foreign key (workspace_id, updated_by) references identity.memberships (workspace_id, id),
  constraint settings_thresholds_in_order check (at_risk_from < healthy_from),
  constraint settings_weigh_something check (communication_weight + sentiment_weight + delivery_weight + payment_weight
    + satisfaction_weight + engagement_weight + relationship_weight > 0)
);
comment on table pulse.settings is 'Weights of the factors and thresholds of the risk levels; a row only where they differ from the defaults';
comment on column pulse.settings.hysteresis is 'Points beyond a threshold before the risk level changes, so that it does not flap';
comment on column pulse.settings.revision is 'Counts the changes of weights and thresholds; each score names the revision it was made with';
select app.make_tenant_table('pulse.settings', system => 'read');

create table pulse.health_scores (
  workspace_id uuid not null,
  id uuid not null,
  client_id uuid not null,
  day date not null,
  score smallint not null check (score between 0 and 100),
  confidence smallint not null check (confidence between 0 and 100),
  risk_level text not null check (risk_level in ('healthy', 'at_risk', 'critical')),
  factors jsonb not null check (jsonb_typeof(factors) = 'array'),
  cause text not null check (cause in ('event', 'daily', 'manual', 'settings')),
  cause_event_id uuid,
  settings_revision integer not null default 1,
  computed_at timestamptz not null default now(),
  primary key (workspace_id, id),
  foreign key (workspace_id, client_id) references clients.clients (workspace_id, id) on delete cascade
);
comment on table pulse.health_scores is 'History of the scores: one row per change, and one per day';
comment on column pulse.health_scores.factors is 'Each factor with score, weight, contribution in points, sentence and evidence; the contributions sum to the score';
comment on column pulse.health_scores.confidence is 'Percent of the weights that had data behind them';
create index health_scores_in_order on pulse.health_scores (workspace_id, client_id, computed_at desc, id desc);
create unique index health_scores_daily_once on pulse.health_scores (workspace_id, client_id, day) where cause = 'daily';
create unique index health_scores_once_per_event on pulse.health_scores (workspace_id, client_id, cause_event_id) where cause_event_id is not null;
select app.make_tenant_table('pulse.health_scores', append_only => true);

create table pulse.client_health (
  workspace_id uuid not null,
  client_id uuid not null,
  health_score_id uuid not null,
  score smallint not null check (score between 0 and 100),
  confidence smallint not null check (confidence between 0 and 100),
  risk_level text not null check (risk_level in ('healthy', 'at_risk', 'critical')),
  risk_level_since timestamptz not null,
  previous_score smallint check (previous_score between 0 and 100),
  computed_at timestamptz not null,
  due_at timestamptz not null,
  version integer not null default 1,
  primary key (workspace_id, client_id),
  foreign key (workspace_id, client_id) references clients.clients (workspace_id, id) on delete cascade,
  foreign key (workspace_id, health_score_id) references pulse.health_scores (workspace_id, id) on delete cascade
);
comment on table pulse.client_health is 'The score of each client now, and when it is to be looked at again at the latest';
comment on column pulse.client_health.previous_score is 'The score before the last change, for movers';
create index client_health_by_score on pulse.client_health (workspace_id, score, client_id);
create index client_health_by_risk on pulse.client_health (workspace_id, risk_level, score, client_id);
create index client_health_of_score on pulse.client_health (workspace_id, health_score_id);
create index client_health_due on pulse.client_health (due_at);
select app.make_tenant_table('pulse.client_health', system => 'read');
