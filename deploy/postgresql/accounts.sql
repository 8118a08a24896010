-- The account of the bot, `continuity_bot`: it reads and writes rows, and changes no table. Run it once with psql, as the owner of the
-- database (with CREATEROLE), before `app.py migrate`; BOT_PASSWORD_FILE names a file with the password that the account shall have.
-- Tables of later migrations are covered by the default privileges, as long as the same owner runs each migration.
\set ON_ERROR_STOP on
\set bot_password `cat "${BOT_PASSWORD_FILE:-/run/secrets/database_password}"`

CREATE ROLE continuity_bot LOGIN PASSWORD :'bot_password';
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO continuity_bot;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO continuity_bot;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO continuity_bot;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO continuity_bot;
