#!lua name=routing
-- The same routing in Redis: 10,000 agents, 64 skills, longest idle first.
--
-- Ready agents stand in one sorted set a skill, by the instant at which they fell idle. A contact
-- takes the skill with the fewest ready agents and walks that set from its front until an agent has
-- the others too. Contacts that find nobody wait in one sorted set by arrival.
--
-- One call is a whole contact, so that a round trip is saved against a router that is told of
-- arrival, acceptance and completion apart: it completes the contact that has been handled for
-- longest when enough agents are busy, then brings the new one to an agent.

local PAGE = 16

local function skills_of(agent)
  return redis.call('SMEMBERS', 'skills:' .. agent)
end

local function required_of(contact)
  return redis.call('SMEMBERS', 'required:' .. contact)
end

local function has_all(agent, required, but)
  for _, skill in ipairs(required) do
    if skill ~= but and redis.call('SISMEMBER', 'skills:' .. agent, skill) == 0 then
      return false
    end
  end
  return true
end

local function make_ready(agent, now)
  for _, skill in ipairs(skills_of(agent)) do
    redis.call('ZADD', 'ready:' .. skill, now, agent)
  end
end

local function assign(agent, contact)
  for _, skill in ipairs(skills_of(agent)) do
    redis.call('ZREM', 'ready:' .. skill, agent)
  end
  redis.call('RPUSH', 'busy', agent .. ' ' .. contact)
end

-- The longest idle agent who has what is required; nil: nobody.
local function choose_agent(required)
  local fewest, least = nil, nil
  for _, skill in ipairs(required) do
    local ready = redis.call('ZCARD', 'ready:' .. skill)
    if least == nil or ready < least then
      fewest, least = skill, ready
    end
  end
  for first = 0, least - 1, PAGE do
    for _, agent in ipairs(redis.call('ZRANGE', 'ready:' .. fewest, first, first + PAGE - 1)) do
      if has_all(agent, required, fewest) then return agent end
    end
  end
  return nil
end

-- The first who waits and asks for what the agent has; nil: nobody.
local function choose_contact(agent)
  local has = {}
  for _, skill in ipairs(skills_of(agent)) do has[skill] = true end
  for first = 0, redis.call('ZCARD', 'waiting') - 1, PAGE do
    for _, contact in ipairs(redis.call('ZRANGE', 'waiting', first, first + PAGE - 1)) do
      local all = true
      for _, skill in ipairs(required_of(contact)) do
        if not has[skill] then
          all = false
          break
        end
      end
      if all then return contact end
    end
  end
  return nil
end

local function complete(now)
  local done = redis.call('LPOP', 'busy')
  if not done then return end
  local agent = string.match(done, '^%S+')
  local next_contact = choose_contact(agent)
  if next_contact then
    redis.call('ZREM', 'waiting', next_contact)
    redis.call('DEL', 'required:' .. next_contact)
    redis.call('RPUSH', 'busy', agent .. ' ' .. next_contact)
    redis.call('INCR', 'decisions')
  else
    make_ready(agent, now)
  end
end

-- A number of its own for each contact decides what it asks for: one to three skills.
local function requirement(number)
  local required, seen = {}, {}
  for i = 1, 1 + number % 3 do
    number = (number * 1103515245 + 12345) % 2147483648
    local skill = math.floor(number / 65536) % 64
    if not seen[skill] then
      seen[skill] = true
      required[#required + 1] = skill
    end
  end
  return required
end

-- route NUMBER MOST_BUSY
local function route(_, args)
  local now = redis.call('INCR', 'clock')
  if redis.call('LLEN', 'busy') >= tonumber(args[2]) then complete(now) end
  local required = requirement(tonumber(args[1]) + now * 7919)
  local agent = choose_agent(required)
  if agent then
    assign(agent, now)
    redis.call('INCR', 'decisions')
  else
    redis.call('SADD', 'required:' .. now, unpack(required))
    redis.call('ZADD', 'waiting', now, now)
  end
  return agent
end

-- agents COUNT SKILLS_EACH: everybody ready.
local function agents(_, args)
  math.randomseed(1)
  for agent = 1, tonumber(args[1]) do
    local number = 0
    while number < tonumber(args[2]) do
      number = number + redis.call('SADD', 'skills:' .. agent, math.random(0, 63))
    end
    make_ready(agent, redis.call('INCR', 'clock'))
  end
  return redis.call('ZCARD', 'ready:0')
end

-- overload COUNT WAITING: all agents busy, and so many contacts wait.
local function overload(_, args)
  for agent = 1, tonumber(args[1]) do assign(agent, redis.call('INCR', 'clock')) end
  for _ = 1, tonumber(args[2]) do
    local now = redis.call('INCR', 'clock')
    redis.call('SADD', 'required:' .. now, unpack(requirement(now * 7919)))
    redis.call('ZADD', 'waiting', now, now)
  end
  return redis.call('ZCARD', 'waiting')
end

redis.register_function('agents', agents)
redis.register_function('overload', overload)
redis.register_function('route', route)
