using System.Collections.Concurrent;

namespace SecretsFirewall.Interception;

/// <summary>How many new names an agent may have minted in each hour, by agent: a new session resets nothing.</summary>
internal sealed class MintingLimit(InterceptionOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Window> _windows = new(StringComparer.Ordinal);

    public bool TryMint(string agent)
    {
        var window = _windows.GetOrAdd(agent, static _ => new Window());
        var hour = time.GetUtcNow().ToUnixTimeSeconds() / 3600;
        lock (window)
        {
            if (window.Hour != hour)
            {
                window.Hour = hour;
                window.Count = 0;
            }

            return ++window.Count <= options.NamesPerAgentAndHour;
        }
    }

    private sealed class Window
    {
        public long Hour { get; set; }

        public int Count { get; set; }
    }
}
