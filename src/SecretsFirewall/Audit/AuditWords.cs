using SecretsFirewall.Model;

namespace SecretsFirewall.Audit;

/// <summary>The spelling of the shared enums in records: part of the format, so that renaming a member changes no log.</summary>
internal static class AuditWords
{
    private static readonly (Verdict Value, string Word)[] Verdicts =
    [
        (Verdict.Refused, "refused"), (Verdict.Forwarded, "forwarded"), (Verdict.Changed, "changed"),
        (Verdict.Aborted, "aborted"), (Verdict.UpstreamFailed, "upstream_failed"),
        (Verdict.Unverified, "unverified"),
    ];

    private static readonly (Blame Value, string Word)[] Blames =
        [(Blame.Us, "us"), (Blame.Client, "client"), (Blame.Upstream, "upstream"), (Blame.Policy, "policy")];

    private static readonly (Carrier Value, string Word)[] Carriers =
    [
        (Carrier.Target, "target"), (Carrier.HeaderName, "header_name"), (Carrier.HeaderValue, "header_value"),
        (Carrier.Body, "body"), (Carrier.Trailer, "trailer"), (Carrier.WebSocketMessage, "websocket_message"),
    ];

    private static readonly (FindingAction Value, string Word)[] Actions =
    [
        (FindingAction.Block, "block"), (FindingAction.Mask, "mask"), (FindingAction.Alert, "alert"),
        (FindingAction.Pass, "pass"), (FindingAction.Bind, "bind"),
    ];

    public static string Word(this Verdict verdict) => WordOf(Verdicts, verdict);

    public static string Word(this Blame blame) => WordOf(Blames, blame);

    public static string Word(this Carrier carrier) => WordOf(Carriers, carrier);

    public static string Word(this FindingAction action) => WordOf(Actions, action);

    public static bool TryParse(string? word, out Verdict verdict) => TryFind(Verdicts, word, out verdict);

    public static bool TryParse(string? word, out Blame blame) => TryFind(Blames, word, out blame);

    public static bool TryParse(string? word, out Carrier carrier) => TryFind(Carriers, word, out carrier);

    public static bool TryParse(string? word, out FindingAction action) => TryFind(Actions, word, out action);

    private static string WordOf<T>((T Value, string Word)[] words, T value)
        where T : struct, Enum
    {
        foreach (var (known, word) in words)
        {
            if (EqualityComparer<T>.Default.Equals(known, value))
            {
                return word;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(value));
    }

    private static bool TryFind<T>((T Value, string Word)[] words, string? text, out T value)
        where T : struct, Enum
    {
        foreach (var (known, word) in words)
        {
            if (word == text)
            {
                value = known;
                return true;
            }
        }

        value = default;
        return false;
    }
}
