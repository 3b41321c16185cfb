using System.Collections.Frozen;
using System.Collections.Immutable;
using SecretsFirewall.Commands.Documents;
using SecretsFirewall.Model.Documents;

namespace SecretsFirewall.Commands.Table;

/// <summary>From files to a table that can be asked. All errors are reported at once, each with file and line.</summary>
public static class CommandTableLoader
{
    private const int MaxFileBytes = 4 << 20;

    /// <returns>Null if there is any error.</returns>
    public static CommandTable? Load(IReadOnlyList<CommandFile> files, out IReadOnlyList<CommandError> errors)
    {
        var found = new List<CommandError>();
        errors = found;
        var texts = new List<(string Path, CommandFileDocument Document, DocumentLines Lines)>();
        foreach (var file in files.OrderBy(file => file.Path, StringComparer.Ordinal))
        {
            if (Read(file, found) is var (document, lines))
            {
                texts.Add((file.Path, document, lines));
            }
        }

        var compiler = new Compiler(found);
        foreach (var (path, document, lines) in texts)
        {
            compiler.AddSets(path, document, lines);
        }

        foreach (var (path, document, lines) in texts)
        {
            compiler.AddEntries(path, document, lines);
        }

        return found.Count > 0 ? null : compiler.Build();
    }

    private static (CommandFileDocument Document, DocumentLines Lines)? Read(CommandFile file, List<CommandError> errors)
    {
        if (file.Content.Length > MaxFileBytes)
        {
            errors.Add(new CommandError(file.Path, 0, $"The file is larger than {MaxFileBytes} bytes."));
            return null;
        }

        var faults = new List<DocumentFault>();
        var read = DocumentReader.Read<CommandFileDocument>(file.Content.Span, CommandsJson.Default, faults);
        errors.AddRange(faults.Select(fault => new CommandError(file.Path, fault.Line, fault.Message)));
        if (read is var (document, lines) && document.Version != CommandFileDocument.Language)
        {
            errors.Add(new CommandError(file.Path, lines.Of("/schema"), $"'{document.Version}' is not a version that is understood; {CommandFileDocument.Language} is."));
            return null;
        }

        return read;
    }

    private sealed class Compiler(List<CommandError> errors)
    {
        private readonly Dictionary<string, string[]> _sets = new(StringComparer.Ordinal);
        private readonly Dictionary<string, HashSet<string>> _valued = new(StringComparer.Ordinal);
        private readonly Dictionary<string, HashSet<string>> _flags = new(StringComparer.Ordinal);
        private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
        private readonly List<CommandEntry> _entries = [];

        public CommandTable Build() =>
            new(_entries, Freeze(_valued), Freeze(_flags));

        private static FrozenDictionary<string, FrozenSet<string>> Freeze(Dictionary<string, HashSet<string>> options) =>
            options.ToFrozenDictionary(pair => pair.Key, pair => pair.Value.ToFrozenSet(StringComparer.Ordinal), StringComparer.Ordinal);

        public void AddSets(string path, CommandFileDocument document, DocumentLines lines)
        {
            foreach (var (name, words) in document.Sets ?? [])
            {
                if (!_sets.TryAdd(name, words))
                {
                    errors.Add(new CommandError(path, lines.Of($"/sets/{name}"), $"There is another set '{name}'."));
                }
            }

            AddOptions(document.Valued, _valued);
            AddOptions(document.Flags, _flags);
        }

        private static void AddOptions(Dictionary<string, string[]>? from, Dictionary<string, HashSet<string>> to)
        {
            foreach (var (commands, options) in from ?? [])
            {
                foreach (var name in commands.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    if (!to.TryGetValue(name, out var all))
                    {
                        to.Add(name, all = new HashSet<string>(StringComparer.Ordinal));
                    }

                    all.UnionWith(options);
                }
            }
        }

        public void AddEntries(string path, CommandFileDocument document, DocumentLines lines)
        {
            var entries = document.Entries ?? [];
            for (var i = 0; i < entries.Length; i++)
            {
                var entry = entries[i];
                var before = errors.Count;
                void Fault(string member, string message) => errors.Add(new CommandError(path, lines.Of($"/entries/{i}{member}"), message));

                Check(entry, Fault);
                var commands = Resolve(entry.Commands, "/commands", Fault);
                var arguments = Resolve(entry.Arguments, "/arguments", Fault);
                var except = Resolve(entry.Except, "/except", Fault);
                foreach (var name in commands.Where(name => name.Length == 0 || name.Any(char.IsUpper) || name.AsSpan(0, name.Length - 1).Contains('*')))
                {
                    Fault("/commands", $"'{name}' is not the name of a command: lower-case, a * only at its end.");
                }

                foreach (var pattern in arguments.Concat(except).Concat((entry.Sub ?? []).SelectMany(word => word.Split('|'))).Where(pattern => pattern.Length is 0 or > TextPattern.MaxLength))
                {
                    Fault("", $"'{pattern}' is empty or longer than {TextPattern.MaxLength} characters.");
                }

                if (errors.Count == before)
                {
                    _entries.Add(new CommandEntry(entry, document.Family, commands, arguments, except));
                }
            }
        }

        private void Check(CommandEntryDocument entry, Action<string, string> fault)
        {
            if (entry.Id.Length == 0 || entry.Id.Any(character => !char.IsAsciiLetterLower(character) && !char.IsAsciiDigit(character) && character is not ('-' or '.')))
            {
                fault("/id", $"'{entry.Id}' is no id: lower-case letters, digits, '-' and '.'.");
            }
            else if (!_ids.Add(entry.Id))
            {
                fault("/id", $"There is another entry '{entry.Id}'.");
            }

            if (entry.Commands.Length == 0)
            {
                fault("/commands", "No command is named.");
            }

            foreach (var option in (entry.Options ?? []).Concat(entry.Without ?? []).SelectMany(option => option.Split('|')))
            {
                if (option.Length < 2 || option[0] is not ('-' or '/'))
                {
                    fault("/options", $"'{option}' is no option.");
                }
                else if (option.Length > TextPattern.MaxLength)
                {
                    fault("/options", $"'{option}' is too long.");
                }
            }

            if (entry.Arguments is null && (entry.Except ?? (object?)entry.Which) is not null)
            {
                fault("", "'except' and 'which' are about 'arguments', which are missing.");
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

        private ImmutableArray<string> Resolve(string[]? words, string member, Action<string, string> fault)
        {
            var resolved = ImmutableArray.CreateBuilder<string>();
            foreach (var word in words ?? [])
            {
                if (!word.StartsWith('@'))
                {
                    resolved.Add(word);
                }
                else if (_sets.TryGetValue(word[1..], out var set))
                {
                    resolved.AddRange(set);
                }
                else
                {
                    fault(member, $"There is no set '{word[1..]}'.");
                }
            }

            return resolved.ToImmutable();
        }
    }
}
