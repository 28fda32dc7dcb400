-- The health of a TuningJob for Argo CD, by its conditions. A running job is Healthy, as kstatus has it:
-- a sync does not wait for hours. What it found is in the message.
local function condition(kind)
  for _, each in ipairs((obj.status or {}).conditions or {}) do
    if each.type == kind and each.status == "True" then
      return each
    end
  end
end

local status = obj.status or {}
local is_current = status.observedGeneration == (obj.metadata or {}).generation
local message = status.message or ""

if not is_current then
  return {status = "Progressing", message = "no operator has seen this generation yet"}
end
if condition("Failed") then
  return {status = "Degraded", message = message}
end
local stalled = condition("Stalled")
if stalled then
  return {status = "Degraded", message = (stalled.reason or "Stalled") .. ": " .. message}
end
if condition("Suspended") then
  return {status = "Suspended", message = message}
end
if condition("Ready") then
  return {status = "Healthy", message = message}
end
return {status = "Progressing", message = message}
