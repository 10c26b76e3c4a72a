-- The same routing in PostgreSQL: 10,000 agents, 64 skills, longest idle first, SKIP LOCKED, so that
-- connections that decide at once do not wait for each other.
--
-- Skills are bits of one bigint, so that a test is one AND; ready agents stand in a partial index by
-- the instant at which they fell idle, and busy ones by the instant at which they became busy. One
-- call is a whole contact, as in redis.lua. What an index covers leaves no room for HOT updates, so
-- pages are half full and vacuumed often.
CREATE UNLOGGED SEQUENCE clock;
CREATE TABLE agents (
  id integer PRIMARY KEY,
  skills bigint NOT NULL,
  busy boolean NOT NULL,
  since bigint NOT NULL,
  contact bigint
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX ready ON agents (since) INCLUDE (skills, id) WHERE NOT busy;
CREATE INDEX handled ON agents (since) WHERE busy;
CREATE TABLE waiting (
  contact bigint PRIMARY KEY,
  required bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

-- So many distinct skills of 64 at random.
CREATE FUNCTION some_skills(number integer) RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT bit_or(1::bigint << skill)
  FROM (SELECT skill FROM generate_series(0, 63) AS skill ORDER BY random() LIMIT number) AS s
$$;

CREATE FUNCTION make_agents(number integer, skills_each integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM setseed(0.5);
  FOR i IN 1..number LOOP
    INSERT INTO agents VALUES (i, some_skills(skills_each), false, nextval('clock'), NULL);
  END LOOP;
END $$;

-- Completes what has been handled for longest if more than so many are busy; then brings a contact
-- that asks for these skills to an agent. How many contacts were brought to one.
CREATE FUNCTION route(asked bigint, most_busy integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  now_ bigint := nextval('clock');
  freed record;
  waits record;
  chosen integer;
  decisions integer := 0;
BEGIN
  SELECT id, skills, since INTO freed FROM agents
  WHERE busy AND since <= now_ - most_busy
  ORDER BY since LIMIT 1 FOR UPDATE SKIP LOCKED;
  IF FOUND THEN
    SELECT contact INTO waits FROM waiting
    WHERE required & freed.skills = required
    ORDER BY contact LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF FOUND THEN
      DELETE FROM waiting WHERE contact = waits.contact;
      UPDATE agents SET since = now_, contact = waits.contact WHERE id = freed.id;
      decisions := decisions + 1;
    ELSE
      UPDATE agents SET busy = false, since = now_, contact = NULL WHERE id = freed.id;
    END IF;
  END IF;
  SELECT id INTO chosen FROM agents
  WHERE NOT busy AND skills & asked = asked
  ORDER BY since LIMIT 1 FOR UPDATE SKIP LOCKED;
  IF FOUND THEN
    UPDATE agents SET busy = true, since = now_, contact = now_ WHERE id = chosen;
    decisions := decisions + 1;
  ELSE
    INSERT INTO waiting VALUES (now_, asked);
  END IF;
  RETURN decisions;
END $$;

-- All agents busy, and so many contacts wait.
CREATE FUNCTION overload(number integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE agents SET busy = true, since = nextval('clock'), contact = 0;
  FOR i IN 1..number LOOP
    INSERT INTO waiting VALUES (nextval('clock'), some_skills(1 + i % 3));
  END LOOP;
END $$;
