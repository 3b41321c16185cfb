using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SecretsFirewall.Audit;
using Spectre.Console;

namespace SecretsFirewall.Cli.Terminal;

/// <summary>
/// Where a command writes: results to standard output, everything else to standard error. People get tables and colours on a terminal;
/// programs get tab-separated lines, or JSON where they ask for it. <c>NO_COLOR</c> and <c>TERM=dumb</c> are respected.
/// </summary>
internal sealed class Output(TextWriter results, TextWriter notes, bool isTerminal, bool hasColour)
{
    public bool IsTerminal { get; } = isTerminal;

    public bool HasColour { get; } = hasColour;

    public static Output Of(ParseResult parse)
    {
        var configuration = parse.InvocationConfiguration;
        var isTerminal = ReferenceEquals(configuration.Output, Console.Out) && !Console.IsOutputRedirected;
        var hasColour = isTerminal
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") != "dumb";
        return new Output(configuration.Output, configuration.Error, isTerminal, hasColour);
    }

    public void Line(string text = "") => results.WriteLine(text);

    public void Note(string text) => notes.WriteLine(text);

    /// <summary>Says why a command did not do what it should; returns its exit code.</summary>
    public int Fail(string message, int exitCode = ExitCodes.NotDone)
    {
        notes.WriteLine($"sfw: {message}");
        return exitCode;
    }

    public void Json<T>(T value, JsonTypeInfo<T> type) => results.WriteLine(JsonSerializer.Serialize(value, type));

    /// <summary>Cells may hold what an agent wrote: they are escaped here.</summary>
    public void Table(IReadOnlyList<string> headers, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        if (!IsTerminal)
        {
            foreach (var row in rows)
            {
                results.WriteLine(string.Join('\t', row.Select(TerminalText.Escape)));
            }

            return;
        }

        var table = new Table().Border(TableBorder.None);
        foreach (var header in headers)
        {
            table.AddColumn(new TableColumn(Markup.Escape(header.ToUpperInvariant())).PadRight(3));
        }

        foreach (var row in rows)
        {
            table.AddRow([.. row.Select(cell => Markup.Escape(TerminalText.Escape(cell)))]);
        }

        Layout().Write(table);
    }

    /// <summary>For what is laid out over the width of the terminal. The caller escapes what an agent wrote.</summary>
    public IAnsiConsole Layout() => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = HasColour ? AnsiSupport.Detect : AnsiSupport.No,
        ColorSystem = HasColour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        Out = new AnsiConsoleOutput(results),
    });

    public string Paint(string text, TextColour colour) => HasColour ? $"\e[{(int)colour}m{text}\e[0m" : text;
}

/// <summary>The ANSI colours that are legible on dark and light terminals (ECMA-48 SGR codes).</summary>
internal enum TextColour
{
    Dim = 2,
    Red = 31,
    Green = 32,
    Yellow = 33,
    Cyan = 36,
}
