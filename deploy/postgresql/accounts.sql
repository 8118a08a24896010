-- The account of the bot, `continuity_bot`: it reads and writes rows, and changes no table. Run it with psql as the
-- owner of the database (with CREATEROLE), once for each database and before `app.py migrate`. BOT_PASSWORD_FILE names a
-- file with the password, which is that of the account on the whole server; run again it sets another one. Tables of later migrations are covered by the default
-- privileges, as long as the same owner runs each migration.
\set ON_ERROR_STOP on
\set bot_password `cat "${BOT_PASSWORD_FILE:-/run/secrets/database_password}"`
SELECT :'bot_password' = '' AS missing \gset
\if :missing
  DO $$ BEGIN RAISE 'BOT_PASSWORD_FILE names no file with a password; nothing was changed'; END $$;
\endif

SELECT 'CREATE ROLE continuity_bot LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'continuity_bot') \gexec
ALTER ROLE continuity_bot PASSWORD :'bot_password';
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO continuity_bot;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO continuity_bot;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO continuity_bot;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO continuity_bot;
