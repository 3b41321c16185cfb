using System.Text;
using SecretsFirewall.Audit;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Enforcement;

/// <summary>What was decided about tools and MCP messages of one exchange, for its record.</summary>
internal sealed class RecordedTools
{
    /// <summary>Further ones are only counted.</summary>
    private const int Most = 64;

    private const int MostCharacters = 128;

    private readonly Lock _lock = new();
    private readonly List<AuditTool> _tools = [];

    public IReadOnlyList<AuditTool> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _tools];
            }
        }
    }

    /// <summary>Something was taken out of what was sent on.</summary>
    public bool AnyRemoved { get; private set; }

    /// <param name="name">Whoever wrote it chose it: it is made safe here.</param>
    public void Add(string name, PolicyOutcome outcome, string rule, DetectionSnapshot detection, bool isRemoved = false)
    {
        var one = new AuditTool(Safe(name, detection), outcome.ToString().ToLowerInvariant(), rule, 1);
        lock (_lock)
        {
            AnyRemoved |= isRemoved;
            one = _tools.Count < Most ? one : one with { Name = "*" };
            var at = _tools.FindIndex(known => known with { Count = 1 } == one);
            if (at < 0)
            {
                _tools.Add(one);
            }
            else
            {
                _tools[at] = _tools[at] with { Count = _tools[at].Count + 1 };
            }
        }
    }

    private static string Safe(string name, DetectionSnapshot detection)
    {
        var visible = new StringBuilder(name, 0, Math.Min(name.Length, MostCharacters), MostCharacters);
        for (var i = 0; i < visible.Length; i++)
        {
            visible[i] = visible[i] is >= ' ' and <= '~' ? visible[i] : '?';
        }

        return RecordedText.Masked(visible.ToString(), detection);
    }
}
