using SecretsFirewall.Commands.Documents;
using SecretsFirewall.Commands.Table;
using SecretsFirewall.Model;
using SecretsFirewall.Model.Documents;

namespace SecretsFirewall.Commands.Operations;

/// <summary>From files to a table that can be asked. All errors are reported at once, each with file and line.</summary>
public static class OperationTableLoader
{
    private const int MaxFileBytes = 4 << 20;

    private static readonly string[] Methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];

    /// <returns>Null if there is any error.</returns>
    public static OperationTable? Load(IReadOnlyList<CommandFile> files, out IReadOnlyList<CommandError> errors)
    {
        var draft = new Draft();
        foreach (var file in files.OrderBy(file => file.Path, StringComparer.Ordinal))
        {
            draft.Add(file);
        }

        errors = draft.Errors;
        return draft.Errors.Count > 0 ? null : new OperationTable(draft.Hosts, draft.Under, draft.Globs, draft.Families.Values);
    }

    private sealed class Draft
    {
        private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

        public List<CommandError> Errors { get; } = [];

        public Dictionary<string, OperationFamily> Families { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, OperationFamily> Hosts { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, OperationFamily> Under { get; } = new(StringComparer.Ordinal);

        public List<(string Glob, OperationFamily Family)> Globs { get; } = [];

        public void Add(CommandFile file)
        {
            if (file.Content.Length > MaxFileBytes)
            {
                Errors.Add(new CommandError(file.Path, 0, $"The file is larger than {MaxFileBytes} bytes."));
                return;
            }

            var faults = new List<DocumentFault>();
            var read = DocumentReader.Read<OperationFileDocument>(file.Content.Span, CommandsJson.Default, faults);
            Errors.AddRange(faults.Select(fault => new CommandError(file.Path, fault.Line, fault.Message)));
            if (read is not var (document, lines))
            {
                return;
            }

            void Fault(string pointer, string message) => Errors.Add(new CommandError(file.Path, lines.Of(pointer), message));
            if (document.Version != OperationFileDocument.Language)
            {
                Fault("/schema", $"'{document.Version}' is not a version that is understood; {OperationFileDocument.Language} is.");
                return;
            }

            var entries = document.Entries ?? [];
            for (var i = 0; i < entries.Length; i++)
            {
                Check(entries[i], (member, message) => Fault($"/entries/{i}{member}", message));
            }

            var name = document.Family;
            var family = new OperationFamily(
                name,
                document.Action ?? ActionPlace.None,
                [.. entries.Select(entry => new OperationEntry(name, entry))],
                new OperationEntry(name, $"{name}.reads", document.Reads),
                new OperationEntry(name, $"{name}.writes", document.Writes));
            if (!Families.TryAdd(name, family))
            {
                Fault("/family", $"There is another file of '{name}'.");
            }

            AddHosts(document.Hosts, "/hosts", Hosts, family, Fault);
            AddHosts(document.Under, "/under", Under, family, Fault);
            foreach (var (glob, i) in (document.Glob ?? []).Select((glob, i) => (glob, i)))
            {
                if (HostName.TryNormalise(glob.Replace('*', 'a'), out var host) != HostNameError.None || host.Length != glob.Length || glob.Split('.') is not [_, .., var second, var last]
                    || second.Contains('*') || last.Contains('*') || glob.Any(char.IsUpper))
                {
                    Fault($"/glob/{i}", "Not a pattern of host names in lower case, whose last two labels are literal.");
                }

                Globs.Add((glob, family));
            }

            if (document is { Hosts: null or [], Under: null or [], Glob: null or [] })
            {
                Fault("", "No host is named.");
            }
        }

        private static void AddHosts(string[]? texts, string pointer, Dictionary<string, OperationFamily> to, OperationFamily family, Action<string, string> fault)
        {
            foreach (var (text, i) in (texts ?? []).Select((text, i) => (text, i)))
            {
                if (HostName.TryNormalise(text, out var host) != HostNameError.None || !host.Contains('.'))
                {
                    fault($"{pointer}/{i}", "Not a host name.");
                }
                else if (!to.TryAdd(host, family))
                {
                    fault($"{pointer}/{i}", $"'{host}' stands in another place, too.");
                }
            }
        }

        private void Check(OperationEntryDocument entry, Action<string, string> fault)
        {
            if (entry.Id.Length == 0 || entry.Id.Any(character => !char.IsAsciiLetterLower(character) && !char.IsAsciiDigit(character) && character is not ('-' or '.')))
            {
                fault("/id", $"'{entry.Id}' is no id: lower-case letters, digits, '-' and '.'.");
            }
            else if (!_ids.Add(entry.Id))
            {
                fault("/id", $"There is another entry '{entry.Id}'.");
            }

            if (entry is { Methods: null or [], Paths: null or [], Actions: null or [] })
            {
                fault("", "It names no method, path or action, and so every request.");
            }

            foreach (var method in (entry.Methods ?? []).Where(method => !Methods.Contains(method)))
            {
                fault("/methods", $"'{method}' is none of {string.Join(", ", Methods)}.");
            }

            foreach (var path in (entry.Paths ?? []).Where(path => !path.StartsWith('/') || path.Contains("//", StringComparison.Ordinal) || path.AsSpan(0, Math.Max(0, path.Length - 2)).Contains("**", StringComparison.Ordinal)))
            {
                fault("/paths", $"'{path}' is no path: it begins with a slash, has no empty segment, and ** at its end alone.");
            }

            foreach (var effect in (entry.Effects ?? []).Where(effect => effect.Length == 0 || effect.Any(character => !char.IsAsciiLetterLower(character) && character != '_')))
            {
                fault("/effects", $"'{effect}' is no word for an effect: lower-case letters and '_'.");
            }

            if (entry.Reason.Length == 0)
            {
                fault("/reason", "The reason is empty.");
            }
        }
    }
}
