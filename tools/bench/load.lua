-- wrk asks what stands in a file, a JSON-free line each: cookie, method, path, body, parted by tabs. Each line is asked once or in a
-- circle, and every connection waits between its questions as a person does.
local threads = {}

function setup(thread)
  thread:set("number", #threads)
  threads[#threads + 1] = thread
end

function init(args)
  file, count, pause, once = args[1], tonumber(args[2]), tonumber(args[3]), args[4] == "once"
  requests, at = {}, 0
  local line = 0
  for text in io.lines(file) do
    if line % count == number then
      local cookie, method, path, body, from = text:match("^(.-)\t(.-)\t(.-)\t(.-)\t(.*)$")
      local headers = { Cookie = cookie }
      if method == "POST" then headers["Content-Type"] = path == "/sign-in" and "application/x-www-form-urlencoded" or "application/json" end
      if from ~= "" then headers["X-Forwarded-For"] = from end
      requests[#requests + 1] = wrk.format(method, path, headers, method == "POST" and body or nil)
    end
    line = line + 1
  end
  math.randomseed(number + 1)
end

function request()
  at = at + 1
  if at > #requests then
    if once then wrk.thread:stop() end
    at = 1
  end
  return requests[at]
end

-- What was said in place of an answer, with how often; of many different things only the first.
refusals, kinds = {}, 0

function response(status, headers, body)
  if status < 400 then return end
  local said = (status .. " " .. body:sub(1, 100)):gsub('[%c"\\]', " ")
  if not refusals[said] then
    if kinds == 10 then return end
    refusals[said], kinds = 0, kinds + 1
  end
  refusals[said] = refusals[said] + 1
end

function delay()
  return pause == 0 and 0 or math.random(pause / 2, pause * 3 / 2)
end

function done(summary, latency)
  local errors, told = summary.errors, {}
  for _, thread in ipairs(threads) do
    for said, times in pairs(thread:get("refusals")) do told[#told + 1] = string.format('"%d times: %s"', times, said) end
  end
  io.write(string.format('\n{"requests":%d,"seconds":%.3f,"refused":%d,"broken":%d,"p50":%.3f,"p95":%.3f,"p99":%.3f,"max":%.3f,"told":[%s]}\n',
    summary.requests, summary.duration / 1e6, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3, table.concat(told, ",")))
end
