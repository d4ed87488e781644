#!/bin/bash
# Run by the image of PostgreSQL when it makes its database: a role that owns Bedside's database and can do nothing else
# in the cluster. The superuser is used here and by nobody afterwards.
set -euo pipefail
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres \
    --set=password="$BEDSIDE_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE bedside LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'password';
CREATE DATABASE bedside OWNER bedside;
REVOKE ALL ON DATABASE bedside FROM PUBLIC;
SQL
