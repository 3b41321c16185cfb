using System.Net;
using System.Text.Json;
using SecretsFirewall.Commands;
using SecretsFirewall.Model;
using SecretsFirewall.Policy.Destinations;
using SecretsFirewall.Policy.Tools;

namespace SecretsFirewall.Policy.Conditions;

/// <summary>Facts with what the policy knows about their destination, and the notes that are taken while they are judged.</summary>
internal sealed class Question(PolicyFacts facts, DestinationMatch destination, ToolTable tools, CommandClassifier? classifier)
{
    private ToolReading? _tool;
    private Lazily<JsonElement?> _arguments;
    private Lazily<JsonElement?> _body;
    private Lazily<QueryParameters?> _query;
    private Lazily<IPAddress?> _address;

    private PathReading? _path;
    private bool _pathWasRead;

    public PolicyFacts Facts => facts;

    public DestinationMatch Destination => destination;

    /// <summary>Null where the path has no one meaning.</summary>
    public PathReading? Path
    {
        get
        {
            if (!_pathWasRead)
            {
                _path = PathRules.Read(facts.Path);
                _pathWasRead = true;
            }

            return _path;
        }
    }

    /// <summary>Model traffic on a host that the policy does not list counts as what it is.</summary>
    public DestinationKind Kind => destination.Listed?.Kind ?? (facts.TrafficIsLlm ? DestinationKind.Llm : DestinationKind.Other);

    /// <summary>What is known of the tool that is called, read at the first question about it.</summary>
    public ToolReading Tool => _tool ??=
        facts.Tool is { } name && tools.Find(name) is { } tool ? tool.Read(facts.Arguments, Arguments, classifier, tools) : ToolReading.Unknown;

    /// <summary>Null where the arguments are no JSON.</summary>
    public JsonElement? Arguments => _arguments.IsRead ? _arguments.Value : _arguments.Keep(ParsedJson.Read(facts.Arguments));

    /// <summary>Null where the body was not read, or is no JSON.</summary>
    public JsonElement? Body => _body.IsRead ? _body.Value : _body.Keep(facts.Body is { } body ? ParsedJson.Read(body.Span) : null);

    /// <summary>Null where the query is not known or cannot be read.</summary>
    public QueryParameters? Query => _query.IsRead ? _query.Value : _query.Keep(facts.Query is { } query ? QueryParameters.Read(query) : null);

    /// <summary>Null where the host is a name.</summary>
    public IPAddress? Address => _address.IsRead ? _address.Value : _address.Keep(IPAddress.TryParse(facts.Destination.Host, out var address) ? address : null);

    public bool PathUndecided { get; set; }

    public bool RestsOnMethod { get; set; }

    private struct Lazily<T>
    {
        public bool IsRead { get; private set; }

        public T? Value { get; private set; }

        public T? Keep(T? value)
        {
            (IsRead, Value) = (true, value);
            return value;
        }
    }
}
