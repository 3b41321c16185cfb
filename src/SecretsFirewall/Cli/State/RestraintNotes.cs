using System.Globalization;
using SecretsFirewall.Audit;

namespace SecretsFirewall.Cli.State;

/// <summary>What <c>sfw status</c> says about what people have stopped and opened.</summary>
internal static class RestraintNotes
{
    public static IEnumerable<string> Of(Installation installation)
    {
        foreach (var kill in installation.Kills.Current.All)
        {
            var why = kill.Reason.Length == 0 ? "" : $": {TerminalText.Escape(kill.Reason)}";
            var what = $"{kill.Subject}: stopped";
            yield return string.Create(CultureInfo.InvariantCulture, $"{what} since {kill.KilledAt:u} by {TerminalText.Escape(kill.By)}{why}. Let it go on with: {kill.Revival}");
        }

        if (installation.Gate.List() is { Count: > 0 } open)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"The gate before external communication is open in {open.Count} places: sfw gate list");
        }
    }
}
