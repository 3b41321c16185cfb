using System.Text;
using System.Text.Json;
using SecretsFirewall.Policy.Conditions;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>What is asked of one record, and what is noted on the way.</summary>
/// <param name="Missing">The members of a match whose facts no record holds.</param>
internal sealed record RecordedQuestion(Question Question, IReadOnlySet<string> Missing)
{
    /// <summary>Members that were asked for and are missing.</summary>
    public SortedSet<string> Asked { get; } = new(StringComparer.Ordinal);

    /// <summary>What the known members said, in their order: two policies for which it is the same ask the same of what is missing.</summary>
    public StringBuilder Signature { get; } = new();
}

/// <summary>A match, kept member by member, for facts of which some are missing.</summary>
internal abstract class RecordedTest
{
    public abstract Possible Test(RecordedQuestion question);

    /// <summary>The members of a match, each by itself.</summary>
    public static IReadOnlyList<(string Name, string Said, RecordedTest Test)> Members(MatchDocument match, Placed<RuleDocument> rule, PolicyDraft draft)
    {
        var members = new List<(string, string, RecordedTest)>();
        foreach (var member in JsonSerializer.SerializeToElement(match, PolicyJson.Default.MatchDocument).EnumerateObject())
        {
            if (member.Value.ValueKind is not JsonValueKind.Null)
            {
                members.Add((member.Name, EffectCompiler.Said(member.Value), Of(member, match, rule, draft)));
            }
        }

        return members;
    }

    public static RecordedTest All(MatchDocument match, Placed<RuleDocument> rule, PolicyDraft draft) =>
        new Group([.. Members(match, rule, draft).Select(static one => one.Test)], isAny: false);

    private static RecordedTest Of(JsonProperty member, MatchDocument match, Placed<RuleDocument> rule, PolicyDraft draft)
    {
        switch (member.Name)
        {
            case "all":
                return new Group([.. match.All!.Select(part => All(part, rule, draft))], isAny: false);
            case "any":
                return new Group([.. match.Any!.Select(part => All(part, rule, draft))], isAny: true);
            case "not":
                return new Negation(All(match.Not!, rule, draft));
            default:
                var alone = JsonSerializer.Deserialize($"{{\"{member.Name}\":{member.Value.GetRawText()}}}", PolicyJson.Default.MatchDocument)!;
                var texts = new TextTests(draft.Sets, []);
                var compiler = new MatchCompiler(rule.Value.On, texts, new ValueTests(draft.Sets, texts, []), new AskedFacts(), []);
                return new Leaf(member.Name, compiler.Compile(rule.Part(alone, "match")));
        }
    }

    private sealed class Leaf(string name, Condition condition) : RecordedTest
    {
        public override Possible Test(RecordedQuestion question)
        {
            if (question.Missing.Contains(name))
            {
                question.Asked.Add(name);
                question.Signature.Append('?');
                return Possible.Anything;
            }

            var truth = condition.Test(question.Question);
            question.Signature.Append((int)truth);
            return Possible.Of(truth);
        }
    }

    // Every part is asked, so that the signature says all of them.
    private sealed class Group(RecordedTest[] parts, bool isAny) : RecordedTest
    {
        public override Possible Test(RecordedQuestion question)
        {
            var result = Possible.Of(isAny ? Truth.False : Truth.True);
            foreach (var part in parts)
            {
                result = isAny ? result.Or(part.Test(question)) : result.And(part.Test(question));
            }

            return result;
        }
    }

    private sealed class Negation(RecordedTest part) : RecordedTest
    {
        public override Possible Test(RecordedQuestion question) => part.Test(question).Not();
    }
}
