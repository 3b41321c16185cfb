using System.Globalization;
using System.Text;
using SecretsFirewall.Tests.Policy;

namespace SecretsFirewall.Tests.Corpus;

/// <summary>Makes the texts of <c>tests/corpora</c>.</summary>
internal static class CorpusLoader
{
    // Each look-alike is made up so many times for each carrier.
    private const int Rounds = 2;

    private static readonly string Folder = Path.Combine(Path.GetDirectoryName(Repository.Policies)!, "tests", "corpora");

    /// <summary>Every format in every second of the contexts of its kind, each in the next carrier.</summary>
    public static IEnumerable<CorpusText> Secrets()
    {
        var formats = CorpusDocuments.Read<SecretsDocument>(Folder, "secrets.json").Secrets;
        var (contexts, carriers) = CorpusDocuments.Read<ContextsDocument>(Folder, "contexts.json");
        var next = 0;
        for (var i = 0; i < formats.Length; i++)
        {
            var format = formats[i];
            var kinds = format.Kind == "token" ? new[] { "token", "named" } : ["named"];
            var texts = format.Texts ?? [.. kinds.SelectMany(kind => contexts[kind]).Where((_, j) => (i + j) % 2 == 0)];
            foreach (var text in texts)
            {
                for (var round = 0; round < (format.Texts is null ? 1 : carriers.Length); round++)
                {
                    if (Secret(format, text, carriers[next++ % carriers.Length]) is { } made)
                    {
                        yield return made;
                    }
                }
            }
        }
    }

    public static IEnumerable<CorpusText> LookAlikes()
    {
        var carriers = CorpusDocuments.Read<ContextsDocument>(Folder, "contexts.json").Carriers;
        foreach (var (family, texts) in CorpusDocuments.Read<LookAlikesDocument>(Folder, "look-alikes.json").LookAlikes)
        {
            foreach (var text in texts)
            {
                foreach (var carrier in carriers)
                {
                    for (var round = 0; round < Rounds; round++)
                    {
                        var name = $"{text} in {carrier.Name}, {round}";
                        var (before, behind) = Around(carrier, name);
                        var filled = before + Escape(MadeUpText.Fill(text, name), carrier.Depth) + behind;
                        yield return new CorpusText(family, name, Encoding.UTF8.GetBytes(filled), -1, 0);
                    }
                }
            }
        }
    }

    /// <returns>Null if such a value cannot stand there.</returns>
    private static CorpusText? Secret(SecretFormat format, string context, Carrier carrier)
    {
        var name = $"{format.Id}: {context} in {carrier.Name}";
        var value = MadeUpText.Fill(format.Value, name);
        if (context.Contains(":{value}{at}", StringComparison.Ordinal) && value.AsSpan().ContainsAny("/+:= "))
        {
            return null; // percent-encoded there, and then it is another text
        }

        var named = Named(context, format.Name ?? "");
        var at = named.IndexOf("{value}", StringComparison.Ordinal);
        var (before, behind) = Around(carrier, name);
        var head = Encoding.UTF8.GetBytes(before + Escape(MadeUpText.Fill(named[..at], name), carrier.Depth));
        var middle = Encoding.UTF8.GetBytes(Escape(value, carrier.Depth));
        var tail = Encoding.UTF8.GetBytes(Escape(MadeUpText.Fill(named[(at + "{value}".Length)..], name), carrier.Depth) + behind);
        return new CorpusText(format.Family, name, [.. head, .. middle, .. tail], head.Length, middle.Length);
    }

    private static (string Before, string Behind) Around(Carrier carrier, string seed)
    {
        var parts = carrier.Text.Split("{text}");
        return (MadeUpText.Fill(parts[0], seed), MadeUpText.Fill(parts[1], seed));
    }

    private static string Named(string context, string name)
    {
        var words = name.Split('_');
        var camel = string.Concat(words.Select((word, i) => i == 0 ? word : CultureInfo.InvariantCulture.TextInfo.ToTitleCase(word)));
        return context.Replace("{name}", name, StringComparison.Ordinal)
            .Replace("{NAME}", name.ToUpperInvariant(), StringComparison.Ordinal)
            .Replace("{Name}", camel, StringComparison.Ordinal);
    }

    private static string Escape(string text, int depth)
    {
        for (var i = 0; i < depth; i++)
        {
            text = text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n").Replace("\t", "\\t");
        }

        return text;
    }
}
