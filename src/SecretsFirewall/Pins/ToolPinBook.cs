using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace SecretsFirewall.Pins;

/// <summary>
/// The descriptions of MCP tools that are known. The first one of a tool is taken as it comes; another one waits until a person says yes, and while it waits, the tool is in
/// no list and cannot be called. Several may be known at once: one host may have several servers. What cannot be remembered counts as waiting.
/// </summary>
internal sealed partial class ToolPinBook
{
    /// <summary>Of one destination. No server has as many tools; further ones wait, and nobody can fill the store.</summary>
    public const int MostPerDestination = 2000;

    /// <summary>Further ones wait as well: whoever has a domain has as many hosts as he likes, and an agent that visits them.</summary>
    public const int MostDestinations = 1000;

    private readonly IToolPinStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _changes = new();
    private volatile ImmutableDictionary<string, ImmutableDictionary<string, ImmutableArray<ToolPin>>> _pins;

    private ToolPinBook(IToolPinStore store, TimeProvider time, ILogger logger, IReadOnlyList<ToolPin> pins)
    {
        _store = store;
        _time = time;
        _logger = logger;
        _pins = pins.GroupBy(static pin => pin.Destination, StringComparer.Ordinal).ToImmutableDictionary(
            static host => host.Key,
            static host => host.GroupBy(static pin => pin.Tool, StringComparer.Ordinal).ToImmutableDictionary(
                static tool => tool.Key, static tool => tool.ToImmutableArray(), StringComparer.Ordinal),
            StringComparer.Ordinal);
    }

    /// <summary>Null if the store cannot be read.</summary>
    public static ToolPinBook? Open(IToolPinStore store, TimeProvider time, ILogger logger) => store.Load() is { } pins ? new ToolPinBook(store, time, logger, pins) : null;

    /// <summary>Whether a tool of a destination waits for a person.</summary>
    public bool IsPending(string destination, string tool) =>
        _pins.TryGetValue(destination, out var tools) && tools.TryGetValue(tool, out var pins) && pins.Any(static pin => pin.IsPending);

    /// <summary>Takes a list as a server gave it: whether each of its tools is as it is known.</summary>
    public IReadOnlyList<bool> See(string destination, IReadOnlyList<(string Tool, string Hash, string Description)> listed)
    {
        if (listed.All(one => Find(destination, one.Tool, one.Hash) is { IsPending: false }))
        {
            return [.. listed.Select(one => !IsPending(destination, one.Tool))];
        }

        lock (_changes)
        {
            var tools = _pins.GetValueOrDefault(destination) ?? ImmutableDictionary.Create<string, ImmutableArray<ToolPin>>(StringComparer.Ordinal);
            var known = tools;
            var most = known.IsEmpty && _pins.Count >= MostDestinations ? 0 : MostPerDestination;
            var added = new List<ToolPin>();
            foreach (var (tool, hash, description) in listed)
            {
                var pins = tools.GetValueOrDefault(tool, []);
                if (pins.Any(pin => pin.Hash == hash) || (pins.IsEmpty && tools.Count >= most))
                {
                    continue;
                }

                // A server that changes its mind again and again leaves the last one to decide about.
                var pin = new ToolPin(destination, tool, hash, IsPending: !pins.IsEmpty, description, _time.GetUtcNow());
                added.Add(pin);
                tools = tools.SetItem(tool, [.. pins.Where(static other => !other.IsPending), pin]);
                if (pin.IsPending)
                {
                    LogChanged(_logger, destination);
                }
            }

            added.RemoveAll(pin => !tools[pin.Tool].Contains(pin)); // a name that stands in the list again
            if (added.Count > 0 && Replace(added))
            {
                _pins = _pins.SetItem(destination, tools);
            }
            else if (added.Count > 0)
            {
                tools = known;
            }

            return [.. listed.Select(one => tools.TryGetValue(one.Tool, out var pins) && pins.Any(pin => pin.Hash == one.Hash) && !pins.Any(static pin => pin.IsPending))];
        }
    }

    /// <summary>By destination and tool.</summary>
    public IReadOnlyList<ToolPin> List() =>
        [.. _pins.Values.SelectMany(static tools => tools.Values).SelectMany(static pins => pins)
            .OrderBy(static pin => pin.Destination, StringComparer.Ordinal).ThenBy(static pin => pin.Tool, StringComparer.Ordinal).ThenBy(static pin => pin.IsPending)];

    /// <summary>Says yes to the description that waits. Those that were known stay so.</summary>
    public PinError Approve(string destination, string tool)
    {
        lock (_changes)
        {
            if (!_pins.TryGetValue(destination, out var tools) || !tools.TryGetValue(tool, out var pins))
            {
                return PinError.NotFound;
            }

            var approved = pins.Where(static pin => pin.IsPending).Select(static pin => pin with { IsPending = false }).ToList();
            if (approved.Count == 0)
            {
                return PinError.NotPending;
            }

            if (!_store.Save(approved))
            {
                return PinError.StoreUnavailable;
            }

            _pins = _pins.SetItem(destination, tools.SetItem(tool, [.. pins.Where(static pin => !pin.IsPending), .. approved]));
            return PinError.None;
        }
    }

    /// <summary>Forgets a tool, or a destination: the next description is taken as it comes.</summary>
    public PinError Forget(string destination, string? tool)
    {
        lock (_changes)
        {
            if (!_pins.TryGetValue(destination, out var tools) || (tool is not null && !tools.ContainsKey(tool)))
            {
                return PinError.NotFound;
            }

            if (!_store.Delete(destination, tool))
            {
                return PinError.StoreUnavailable;
            }

            var left = tool is null ? tools.Clear() : tools.Remove(tool);
            _pins = left.IsEmpty ? _pins.Remove(destination) : _pins.SetItem(destination, left);
            return PinError.None;
        }
    }

    // What waited before is forgotten, or each change would stay for ever.
    private bool Replace(List<ToolPin> added)
    {
        foreach (var pin in added.Where(static pin => pin.IsPending))
        {
            var known = _pins.TryGetValue(pin.Destination, out var tools) ? tools.GetValueOrDefault(pin.Tool, []) : [];
            if (!_store.Delete(pin.Destination, pin.Tool) || !_store.Save([.. known.Where(static other => !other.IsPending)]))
            {
                return false;
            }
        }

        return _store.Save(added);
    }

    private ToolPin? Find(string destination, string tool, string hash) =>
        _pins.TryGetValue(destination, out var tools) && tools.TryGetValue(tool, out var pins) ? pins.FirstOrDefault(pin => pin.Hash == hash) : null;

    [LoggerMessage(4200, LogLevel.Warning, "A tool of the MCP server {Destination} has another description than the one that is known; it waits for: sfw mcp approve.")]
    private static partial void LogChanged(ILogger logger, string destination);
}
