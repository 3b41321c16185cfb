using System.Globalization;
using System.Text.Json;
using SecretsFirewall.Model.Documents;
using SecretsFirewall.Policy.Conditions;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>
/// Walks the rules once more to say of each why it applies or not. Its conditions are compiled anew, member by member, so that whoever only wants the decision pays
/// nothing for it. For a policy that loads.
/// </summary>
internal static class PolicyExplainer
{
    /// <param name="facts">As the facts of a case are written.</param>
    /// <returns>Null with errors.</returns>
    public static PolicyFacts? ReadFacts(string path, ReadOnlyMemory<byte> facts, List<PolicyError> errors)
    {
        var faults = new List<DocumentFault>();
        var read = DocumentReader.Read<CaseFacts>(facts.Span, PolicyJson.Default, faults);
        errors.AddRange(faults.Select(fault => new PolicyError(path, fault.Line, fault.Message)));
        if (read is not var (document, lines))
        {
            return null;
        }

        var one = new CaseDocument { Name = "facts", Facts = document, Expect = new CaseExpectation { Outcome = PolicyOutcome.Allow } };
        var written = new Placed<CaseDocument>(one, new DocumentText(path, new PolicyDocument { Version = PolicyDocument.Language }, lines), "");
        return HostPatterns.Host(written.Part(document.Host, "host"), errors) is { } host && CaseQuestion.Of(written, host, errors) is var question && errors.Count == 0 ? question : null;
    }

    /// <returns>Every rule of the question's stage, by id.</returns>
    public static IReadOnlyList<RuleExplanation> Explain(IReadOnlyList<PolicyFile> files, PolicySnapshot snapshot, PolicyFacts facts)
    {
        var texts = files.OrderBy(static file => file.Path, StringComparer.Ordinal).Select(Read).OfType<DocumentText>().ToList();
        var draft = new PolicyDraft(texts, files[0].Path, []);
        var question = snapshot.QuestionOf(facts);
        return [.. draft.Rules.Where(rule => rule.Value.On == facts.On).OrderBy(static rule => rule.Value.Id, StringComparer.Ordinal).Select(rule => Explain(draft, rule, question))];
    }

    private static RuleExplanation Explain(PolicyDraft draft, Placed<RuleDocument> rule, Question question)
    {
        var texts = new TextTests(draft.Sets, []);
        var worst = (Truth: Truth.True, Member: (JsonProperty?)null);
        foreach (var member in JsonSerializer.SerializeToElement(rule.Value.Match, PolicyJson.Default.MatchDocument).EnumerateObject())
        {
            if (member.Value.ValueKind is JsonValueKind.Null)
            {
                continue;
            }

            var alone = JsonSerializer.Deserialize($"{{\"{member.Name}\":{member.Value.GetRawText()}}}", PolicyJson.Default.MatchDocument)!;
            var compiler = new MatchCompiler(rule.Value.On, texts, new ValueTests(draft.Sets, texts, []), new AskedFacts(), []);
            var truth = compiler.Compile(rule.Part(alone, "match")).Test(question);
            worst = truth < worst.Truth ? (truth, member) : worst;
        }

        var applies = worst.Truth switch { Truth.True => "yes", Truth.False => "no", _ => "unknown" };
        return new RuleExplanation(
            rule.Value.Id,
            DocumentWord.Of(rule.Value.Outcome),
            rule.Value.Mode is RuleMode.Shadow,
            applies,
            worst.Member is { } failed ? $"{failed.Name} {EffectCompiler.Said(failed.Value)}" : null,
            worst.Member is { } about ? FactOf(question, about.Name) : null);
    }

    private static DocumentText? Read(PolicyFile file) =>
        DocumentReader.Read<PolicyDocument>(file.Content.Span, PolicyJson.Default, []) is var (document, lines) ? new DocumentText(file.Path, document, lines) : null;

    /// <summary>What a question says of one member of a match, in words; null where there is nothing short to say.</summary>
    public static string? FactOf(Question question, string member)
    {
        var facts = question.Facts;
        return member switch
        {
            "agent" => facts.Agent,
            "session" => facts.Session,
            "level" => facts.Level.ToString(CultureInfo.InvariantCulture),
            "host" => facts.Destination.Host,
            "port" => facts.Destination.Port.ToString(CultureInfo.InvariantCulture),
            "scheme" => facts.Destination.Scheme,
            "kind" => DocumentWord.Of(question.Kind),
            "provider" => question.Destination.Listed?.Provider ?? "(none)",
            "destination" => question.Destination.Listed?.Id ?? "(none)",
            "listed" => question.Destination.Listed is null ? "false" : "true",
            "host_listed" => question.Destination.HostListed ? "true" : "false",
            "method" => facts.Method,
            "path" => facts.Path,
            "query_length" => facts.QueryLength.ToString(CultureInfo.InvariantCulture),
            "body_length" => facts.BodyLength.ToString(CultureInfo.InvariantCulture),
            "traffic" => facts.TrafficIsLlm ? "llm" : facts.TrafficIsMcp ? "mcp" : "other",
            "tool" => facts.Tool,
            "canonical_tool" => question.Tool.Canonical ?? "(not listed)",
            "code_carrier" => question.Tool.IsCarrier ? "true" : "false",
            "source" when question.Tool.Calls is { } calls => $"calls {string.Join(' ', calls.All.Select(static call => call.Name).Distinct())}{(calls.MayHaveMore ? " …" : "")}",
            "source" => question.Tool.IsCarrier ? "(no one text)" : "(no program)",
            "command" when question.Tool.Command is { } command => $"{DocumentWord.Of(command.Class)}{(command.IsExternal ? ", external" : "")}: {string.Join(' ', command.Commands)} [{string.Join(' ', command.Effects)}]",
            "command" => "(none)",
            "time" => facts.At == DateTimeOffset.MaxValue ? "(not said)" : facts.At.UtcDateTime.ToString("dddd HH:mm", CultureInfo.InvariantCulture),
            "body" or "finding" when !facts.IsInspected => "(not inspected yet)",
            _ => null,
        };
    }
}
