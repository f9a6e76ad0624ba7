-- SPDX-License-Identifier: Apache-2.0
-- usage: wrk ... -s wrk.lua URL -- METHOD [HEADER VALUE]
-- Prints one line of numbers for the bench: bytes, responses, microseconds, failures.
function init(args)
    wrk.method = args[1]
    if args[2] then
        wrk.headers[args[2]] = args[3]
    end
end

function done(summary)
    local e = summary.errors
    print(string.format("numbers %d %d %d %d", summary.bytes, summary.requests, summary.duration,
        e.connect + e.read + e.write + e.status))
end
