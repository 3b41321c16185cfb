using SecretsFirewall.Policy.Conditions;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>
/// From a written match to a condition. A test without an operator, an empty list, a fact that its stage does not know:
/// each is an error, because each would match always or never without anybody having said so.
/// </summary>
internal sealed class MatchCompiler(PolicyStage stage, TextTests texts, ValueTests values, AskedFacts asked, List<PolicyError> errors)
{
    private const int MaxDepth = 6;

    private readonly CommandTests _commands = new(texts, errors);
    private readonly FactTests _facts = new(texts, errors);

    /// <summary>Something of the match is known only once the request was read and inspected.</summary>
    public bool IsLate { get; private set; }

    public Condition Compile(Placed<MatchDocument> match) => Compile(match, depth: 0, negated: false);

    private AllCondition Compile(Placed<MatchDocument> match, int depth, bool negated)
    {
        if (depth > MaxDepth)
        {
            errors.Add(match.Error($"'all', 'any' and 'not' nest to a depth of {MaxDepth}."));
            return new AllCondition([]);
        }

        RequireStage(match);
        Note(match.Value);
        if (negated && (match.Value.Agent ?? match.Value.Host ?? match.Value.Tool ?? (object?)match.Value.CanonicalTool) is not null)
        {
            errors.Add(match.Error("'not' never stands over 'agent', 'host' or 'tool': name those that are meant."));
        }

        return new AllCondition([.. Texts(match), .. Values(match), .. Calls(match), .. Readings(match), .. Groups(match, depth, negated)]);
    }

    private IEnumerable<Condition> Texts(Placed<MatchDocument> match)
    {
        var m = match.Value;
        return
        [
            .. texts.Name(match.Part(m.Agent, "agent"), q => q.Facts.Agent),
            .. texts.Host(match.Part(m.Host, "host")),
            .. texts.Name(match.Part(m.Scheme, "scheme"), q => q.Facts.Destination.Scheme),
            .. texts.Name(match.Part(m.Provider, "provider"), q => q.Destination.Listed?.Provider),
            .. texts.Name(match.Part(m.Destination, "destination"), q => q.Destination.Listed?.Id),
            .. texts.Method(match.Part(m.Method, "method")),
            .. texts.Path(match.Part(m.Path, "path")),
            .. texts.Name(match.Part(m.Tool, "tool"), q => q.Facts.Tool),
            .. texts.Arguments(match.Part(m.Arguments, "arguments")),
            .. texts.Name(match.Part(m.McpServer, "mcp_server"), q => q.Destination.Listed?.Id),
            .. texts.Name(match.Part(m.McpMethod, "mcp_method"), q => q.Facts.McpMethod),
            .. texts.Name(match.Part(m.Model, "model"), q => q.Facts.Model),
            .. texts.AnyName(match.Part(m.OfferedTool, "offered_tool"), q => q.Facts.OfferedTools),
        ];
    }

    private IEnumerable<Condition> Values(Placed<MatchDocument> match)
    {
        var m = match.Value;
        return
        [
            .. Number(match.Part(m.Level, "level"), q => q.Facts.Level),
            .. Number(match.Part(m.Port, "port"), q => q.Facts.Destination.Port),
            .. Number(match.Part(m.QueryLength, "query_length"), q => q.Facts.QueryLength),
            .. Number(match.Part(m.BodyLength, "body_length"), q => q.Facts.BodyLength),
            .. Number(match.Part(m.MaxTokens, "max_tokens"), q => q.Facts.MaxTokens),
            .. Number(match.Part(m.ToolCount, "tool_count"), q => q.Facts.OfferedTools?.Count),
            .. Choice(match.Part(m.Kind, "kind"), m.Kind?.Eq, m.Kind?.In, q => q.Kind),
            .. Choice(match.Part(m.Traffic, "traffic"), m.Traffic?.Eq, m.Traffic?.In, Traffic),
            .. Flag(m.Stream, q => q.Facts.Stream),
            .. Flag(m.Listed, q => q.Destination.Listed is not null),
            .. Flag(m.HostListed, q => q.Destination.HostListed),
        ];
    }

    private IEnumerable<Condition> Calls(Placed<MatchDocument> match)
    {
        var m = match.Value;
        return
        [
            .. texts.Name(match.Part(m.CanonicalTool, "canonical_tool"), q => q.Facts.Tool is null ? null : q.Tool.Canonical ?? ""),
            .. Flag(m.CodeCarrier, q => q.Tool.IsCarrier),
            .. texts.Source(match.Part(m.Source, "source")),
            .. _commands.Compile(match.Part(m.Command, "command")),
            .. values.ByPointer(match.Part(m.Arguments, "arguments").Part(m.Arguments?.At, "at"), q => q.Arguments),
        ];
    }

    private IEnumerable<Condition> Readings(Placed<MatchDocument> match)
    {
        var m = match.Value;
        return
        [
            .. texts.Name(match.Part(m.Session, "session"), q => q.Facts.Session),
            .. _facts.Time(match.Part(m.Time, "time")),
            .. History(match.Part(m.History, "history")),
            .. values.ByName(match.Part(m.Headers, "headers"), FactTests.Header),
            .. values.ByName(match.Part(m.Query, "query"), FactTests.Parameter),
            .. values.ByPointer(match.Part(m.Body, "body"), q => q.Body),
            .. texts.AnyName(match.Part(m.Operation, "operation"), q => q.Facts.Operation is { } operation ? operation.Rules : null),
            .. _facts.Finding(match.Part(m.Finding, "finding"), Numbers(match.Part(m.Finding, "finding").Part(m.Finding?.Count, "count"))),
        ];
    }

    private List<Condition> History(Placed<HistoryTest?> test)
    {
        texts.RequireOperators(test);
        var conditions = new List<Condition>();
        void Add(NumberTest? number, string member, Func<SessionHistory, long> fact)
        {
            var matches = Numbers(test.Part(number, member));
            if (matches.Count > 0)
            {
                conditions.Add(new TruthCondition(q => q.Facts.History is { } history ? matches.TrueForAll(match => match(fact(history))).ToTruth() : Truth.Unknown));
            }
        }

        Add(test.Value?.Exchanges, "exchanges", history => history.Exchanges);
        Add(test.Value?.Refused, "refused", history => history.Refused);
        Add(test.Value?.Masked, "masked", history => history.Masked);
        Add(test.Value?.Bound, "bound", history => history.Bound);
        return conditions;
    }

    private void Note(MatchDocument match)
    {
        asked.Headers.UnionWith((match.Headers?.Keys ?? Enumerable.Empty<string>()).Select(static name => name.ToLowerInvariant()));
        asked.Query |= match.Query is not null;
        asked.Body |= match.Body is not null;
        asked.Findings |= match.Finding is not null;
        asked.History |= match.History is not null;
        asked.Operations |= match.Operation is not null;
        IsLate |= match.Body is not null || match.Finding is not null;
    }

    private IEnumerable<Condition> Groups(Placed<MatchDocument> match, int depth, bool negated)
    {
        if (match.Value.All is { } all)
        {
            yield return new AllCondition(Group(match, "all", all, depth, negated));
        }

        if (match.Value.Any is { } any)
        {
            yield return new AnyCondition(Group(match, "any", any, depth, negated));
        }

        if (match.Value.Not is { } not)
        {
            yield return new NotCondition(Compile(match.Part(not, "not"), depth + 1, negated: true));
        }
    }

    private List<Condition> Group(Placed<MatchDocument> match, string member, MatchDocument[] parts, int depth, bool negated)
    {
        if (parts.Length == 0)
        {
            errors.Add(match.Error(member, $"'{member}' is empty."));
        }

        return [.. parts.Select((part, i) => Compile(match.Part(part, $"{member}/{i}"), depth + 1, negated))];
    }

    private void RequireStage(Placed<MatchDocument> match)
    {
        var m = match.Value;
        if (stage is not PolicyStage.Request)
        {
            RequireNone(match, [("method", m.Method), ("path", m.Path), ("query_length", m.QueryLength), ("body_length", m.BodyLength), ("traffic", m.Traffic)]);
            RequireNone(match, [("headers", m.Headers), ("query", m.Query), ("body", m.Body), ("finding", m.Finding), ("operation", m.Operation)]);
        }

        if (stage is not (PolicyStage.ToolCall or PolicyStage.McpCall or PolicyStage.ToolOffer))
        {
            RequireNone(match, [("tool", m.Tool), ("arguments", m.Arguments)]);
        }

        if (stage is not (PolicyStage.ToolCall or PolicyStage.McpCall))
        {
            RequireNone(match, [("canonical_tool", m.CanonicalTool), ("code_carrier", m.CodeCarrier), ("source", m.Source), ("command", m.Command)]);
        }

        if (stage is not PolicyStage.McpCall)
        {
            RequireNone(match, [("mcp_server", m.McpServer), ("mcp_method", m.McpMethod)]);
        }

        if (stage is not PolicyStage.ModelRequest)
        {
            RequireNone(match, [("model", m.Model), ("stream", m.Stream), ("max_tokens", m.MaxTokens), ("tool_count", m.ToolCount), ("offered_tool", m.OfferedTool)]);
        }
    }

    private void RequireNone(Placed<MatchDocument> match, ReadOnlySpan<(string Name, object? Test)> tests)
    {
        foreach (var (name, test) in tests)
        {
            if (test is not null)
            {
                errors.Add(match.Error(name, $"'{name}' is not known on {DocumentWord.Of(stage)}."));
            }
        }
    }

    private List<Condition> Number(Placed<NumberTest?> test, Func<Question, long?> fact) =>
        Numbers(test).ConvertAll<Condition>(match => new NumberCondition(fact, match));

    private List<Func<long, bool>> Numbers(Placed<NumberTest?> test)
    {
        var matches = new List<Func<long, bool>>();
        if (test.Value is not { } number)
        {
            return matches;
        }

        if (number.Eq is { } eq)
        {
            matches.Add(value => value == eq);
        }

        if (number.Lt is { } lt)
        {
            matches.Add(value => value < lt);
        }

        if (number.Gt is { } gt)
        {
            matches.Add(value => value > gt);
        }

        if (number.In is { } list)
        {
            RequireValues(test.Part(list, "in"));
            matches.Add(value => Array.IndexOf(list, value) >= 0);
        }

        texts.RequireOperators(test);
        return matches;
    }

    private List<Condition> Choice<TTest, T>(Placed<TTest?> test, T? eq, T[]? list, Func<Question, T> fact)
        where TTest : class, new()
        where T : struct, Enum
    {
        var conditions = new List<Condition>();
        if (test.Value is null)
        {
            return conditions;
        }

        if (eq is { } one)
        {
            conditions.Add(new ValueCondition(q => EqualityComparer<T>.Default.Equals(fact(q), one)));
        }

        if (list is not null)
        {
            RequireValues(test.Part(list, "in"));
            conditions.Add(new ValueCondition(q => Array.IndexOf(list, fact(q)) >= 0));
        }

        texts.RequireOperators(test);
        return conditions;
    }

    private void RequireValues<T>(Placed<T[]> list)
    {
        if (list.Value.Length == 0)
        {
            errors.Add(list.Error("The list is empty."));
        }
    }

    private static IEnumerable<Condition> Flag(FlagTest? test, Func<Question, bool?> fact)
    {
        if (test is { Eq: var expected })
        {
            yield return new FlagCondition(q => fact(q), expected);
        }
    }

    private static TrafficWord Traffic(Question question) => question.Facts switch
    {
        { TrafficIsLlm: true } => TrafficWord.Llm,
        { TrafficIsMcp: true } => TrafficWord.Mcp,
        _ => TrafficWord.Other,
    };
}
