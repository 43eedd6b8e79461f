-- Once, on the primary, as postgres. The rest of the rights is granted by the migrations.
set password_encryption = 'scram-sha-256';
create role rapport_owner login createrole bypassrls password '{{OWNER_PASSWORD}}';
create role rapport_app login noinherit password '{{APP_PASSWORD}}';
create role rapport_replica login replication password '{{REPLICATION_PASSWORD}}';
create database rapport owner rapport_owner;
