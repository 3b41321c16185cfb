using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using SecretsFirewall.Model;

namespace SecretsFirewall.Cli.Configuration;

internal delegate bool TryReadValue<T>(ConfiguredValue value, [MaybeNullWhen(false)] out T result);

/// <summary>How a kind of value is written, and the words that say so.</summary>
/// <param name="Expected">Ends the sentence "must be …".</param>
internal sealed record ValueFormat<T>(string Expected, TryReadValue<T> TryRead);

/// <summary>The formats that settings use. All are pure: whether a file exists is its user's question.</summary>
internal static partial class ValueFormats
{
    public static ValueFormat<IPEndPoint> EndPoint { get; } = new("an address and port, such as \"127.0.0.1:8888\"", TryReadEndPoint);

    public static ValueFormat<bool> Switch { get; } = new("true or false", TryReadSwitch);

    public static ValueFormat<string> PolicyName { get; } = new("a policy's name: letters, digits, - and _", TryReadPolicyName);

    public static ValueFormat<Uri> HttpsAddress { get; } = new("an address such as \"https://policies.example.com/team.bundle\", without a password in it", TryReadHttpsAddress);

    public static ValueFormat<Uri> WebAddress { get; } = new("an address such as \"http://timestamps.example.com\", without a password in it", TryReadWebAddress);

    public static ValueFormat<Uri> Collector { get; } = new("an address such as \"https://collector.example.com:4318\", without a password in it", TryReadCollector);

    public static ValueFormat<DnsEndPoint> Receiver { get; } = new("a name and port, such as \"logs.example.com:6514\"", TryReadReceiver);

    public static ValueFormat<string> FileName { get; } = new("a file name", TryReadFileName);

    public static ValueFormat<IReadOnlyList<string>> Files { get; } =
        new("a list of file names (in a variable, with commas between)", TryReadFiles);

    public static ValueFormat<IReadOnlyList<string>> HostNames { get; } =
        new("a list of host names (in a variable, with commas between)", TryReadHostNames);

    public static ValueFormat<IReadOnlyDictionary<string, string>> Hosts { get; } =
        new("a map of \"name:port\" to \"address:port\" (in a variable name:port=address:port, with commas between)", TryReadHosts);

    public static ValueFormat<TimeSpan> Duration(TimeSpan least, TimeSpan most) => new(
        $"a time from {Write(least)} to {Write(most)}, such as \"500ms\", \"15s\", \"10m\", \"1h\", \"7d\"",
        (ConfiguredValue value, out TimeSpan result) => TryReadDuration(value, out result) && result >= least && result <= most);

    public static ValueFormat<int> Count(int least, int most) => new(
        string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"),
        (ConfiguredValue value, out int result) =>
            IsNumber(value, out result) && result >= least && result <= most);

    public static ValueFormat<T> OneOf<T>(params (string Word, T Value)[] words) => new(
        string.Join(" or ", words.Select(w => $"\"{w.Word}\"")),
        (ConfiguredValue value, [MaybeNullWhen(false)] out T result) =>
        {
            var found = Array.FindIndex(words, w => w.Word == value.Text);
            result = found < 0 ? default : words[found].Value;
            return found >= 0 && value.Kind is (ValueKind.Text or ValueKind.Plain);
        });

    /// <param name="most">In bytes; never more than <see cref="int.MaxValue"/> where the option is an <c>int</c>.</param>
    public static ValueFormat<long> Size(long least, long most) => new(
        string.Create(CultureInfo.InvariantCulture, $"a size from {least} to {most} bytes, as a number or such as \"64KiB\", \"8MiB\", \"2GiB\""),
        (ConfiguredValue value, out long result) => TryReadSize(value, out result) && result >= least && result <= most);

    /// <summary>An amount of money: decimal, since binary fractions cannot say 0.10.</summary>
    public static ValueFormat<decimal> Amount { get; } = new(
        "an amount from 0, such as 25 or 2.50",
        (ConfiguredValue value, out decimal result) =>
        {
            result = 0;
            return value.Kind is ValueKind.Number or ValueKind.Plain
                && decimal.TryParse(value.Text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out result);
        });

    private static bool IsNumber(ConfiguredValue value, out int result)
    {
        result = 0;
        return value.Kind is ValueKind.Number or ValueKind.Plain
            && int.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out result);
    }

    private static bool TryReadEndPoint(ConfiguredValue value, [MaybeNullWhen(false)] out IPEndPoint result)
    {
        result = null;

        // An end point without a colon would parse as an address with port 0: a surprise in a configuration.
        return value.Kind is ValueKind.Text or ValueKind.Plain
            && HasPort().IsMatch(value.Text)
            && IPEndPoint.TryParse(value.Text, out result);
    }

    private static bool TryReadSwitch(ConfiguredValue value, out bool result)
    {
        result = value.Text == "true";
        return value.Kind is ValueKind.Boolean or ValueKind.Plain && value.Text is "true" or "false";
    }

    private static bool TryReadPolicyName(ConfiguredValue value, out string result)
    {
        result = value.Text;
        return value.Kind is ValueKind.Text or ValueKind.Plain && Name().IsMatch(value.Text);
    }

    private static bool TryReadHttpsAddress(ConfiguredValue value, [MaybeNullWhen(false)] out Uri result) =>
        Uri.TryCreate(value.Text, UriKind.Absolute, out result)
        && value.Kind is ValueKind.Text or ValueKind.Plain
        && result is { Scheme: "https", UserInfo.Length: 0, Host.Length: > 0 };

    private static bool TryReadWebAddress(ConfiguredValue value, [MaybeNullWhen(false)] out Uri result) =>
        Uri.TryCreate(value.Text, UriKind.Absolute, out result)
        && value.Kind is ValueKind.Text or ValueKind.Plain
        && result is { Scheme: "https" or "http", UserInfo.Length: 0, Host.Length: > 0 };

    private static bool TryReadCollector(ConfiguredValue value, [MaybeNullWhen(false)] out Uri result) =>
        Uri.TryCreate(value.Text, UriKind.Absolute, out result)
        && value.Kind is ValueKind.Text or ValueKind.Plain
        && result is { Scheme: "https" or "http", UserInfo.Length: 0, Host.Length: > 0, Query.Length: 0 };

    private static bool TryReadReceiver(ConfiguredValue value, [MaybeNullWhen(false)] out DnsEndPoint result)
    {
        result = value.Kind is ValueKind.Text or ValueKind.Plain && NameAndPort().IsMatch(value.Text) && value.Text.LastIndexOf(':') is var at
            && int.Parse(value.Text.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture) is > 0 and <= IPEndPoint.MaxPort and var port
                ? new DnsEndPoint(value.Text[..at], port)
                : null;
        return result is not null;
    }

    private static bool TryReadFileName(ConfiguredValue value, out string result)
    {
        result = value.Text.Length > 0 ? Path.GetFullPath(value.Text, value.BaseDirectory) : "";
        return value.Kind is ValueKind.Text or ValueKind.Plain && value.Text.Length > 0;
    }

    private static bool TryReadDuration(ConfiguredValue value, out TimeSpan result)
    {
        result = TimeSpan.Zero;
        return value.Kind is ValueKind.Text or ValueKind.Plain && TryParseDuration(value.Text, out result);
    }

    /// <summary>A number and its unit: <c>250ms</c>, <c>10s</c>, <c>5m</c>, <c>1h</c>, <c>30d</c>.</summary>
    public static bool TryParseDuration(string text, out TimeSpan result)
    {
        result = TimeSpan.Zero;
        if (DurationText().Match(text) is not { Success: true } match)
        {
            return false;
        }

        var number = int.Parse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        result = match.Groups[2].Value switch
        {
            "ms" => TimeSpan.FromMilliseconds(number),
            "s" => TimeSpan.FromSeconds(number),
            "m" => TimeSpan.FromMinutes(number),
            "h" => TimeSpan.FromHours(number),
            _ => TimeSpan.FromDays(number),
        };
        return true;
    }

    private static bool TryReadSize(ConfiguredValue value, out long result)
    {
        result = 0;
        if (SizeText().Match(value.Text) is not { Success: true } match
            || !long.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        var unit = match.Groups[2].Value;
        var shift = unit switch { "KiB" => 10, "MiB" => 20, "GiB" => 30, _ => 0 };
        result = number << shift;
        return value.Kind == ValueKind.Plain || value.Kind == (unit.Length == 0 ? ValueKind.Number : ValueKind.Text);
    }

    private static bool TryReadFiles(ConfiguredValue value, out IReadOnlyList<string> result)
    {
        var items = value.Kind == ValueKind.Plain ? Split(value.Text) : value.Items;
        result = [.. items.Select(item => Path.GetFullPath(item, value.BaseDirectory))];
        return value.Kind is ValueKind.List or ValueKind.Plain && items.All(item => item.Length > 0);
    }

    private static bool TryReadHostNames(ConfiguredValue value, out IReadOnlyList<string> result)
    {
        var names = new List<string>();
        result = names;
        foreach (var item in value.Kind == ValueKind.Plain ? Split(value.Text) : value.Items)
        {
            if (HostName.TryNormalise(item, out var name) != HostNameError.None)
            {
                return false;
            }

            names.Add(name);
        }

        return value.Kind is ValueKind.List or ValueKind.Plain;
    }

    private static bool TryReadHosts(ConfiguredValue value, out IReadOnlyDictionary<string, string> result)
    {
        var hosts = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        result = hosts;
        if (value.Kind is not (ValueKind.Map or ValueKind.Plain))
        {
            return false;
        }

        foreach (var (name, address) in value.Kind == ValueKind.Plain ? Split(value.Text).Select(SplitPair) : value.Pairs)
        {
            if (!NameAndPort().IsMatch(name) || !HasPort().IsMatch(address) || !IPEndPoint.TryParse(address, out _) || !hosts.TryAdd(name, address))
            {
                return false;
            }
        }

        return true;
    }

    private static string[] Split(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static KeyValuePair<string, string> SplitPair(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return at < 0 ? KeyValuePair.Create(text, "") : KeyValuePair.Create(text[..at], text[(at + 1)..]);
    }

    private static string Write(TimeSpan time) => time switch
    {
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds}ms"),
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds}s"),
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes}m"),
        { TotalDays: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours}h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalDays}d"),
    };

    [GeneratedRegex(@"^(\d{1,9})(ms|s|m|h|d)\z", RegexOptions.CultureInvariant)]
    private static partial Regex DurationText();

    [GeneratedRegex(@"^(\d{1,9}|\d{1,18}(?![KMG]))(KiB|MiB|GiB)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex SizeText();

    [GeneratedRegex(@"[^:\]]:\d{1,5}\z|\]:\d{1,5}\z", RegexOptions.CultureInvariant)]
    private static partial Regex HasPort();

    [GeneratedRegex(@"^[^\s:=,]+:\d{1,5}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NameAndPort();

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
