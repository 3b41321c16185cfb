using System.Buffers;

namespace SecretsFirewall.Model;

/// <summary>
/// The name of a secret: <c>[A-Za-z0-9_.-]{1,64}</c>, case-sensitive. ASCII without quotes, backslashes or reserved URL characters,
/// so that a reference is valid text at any depth of escaping.
/// </summary>
public readonly record struct SecretName
{
    /// <summary>Names that masking makes for findings that are in no vault: <c>auto.&lt;rule&gt;.&lt;tag&gt;</c>. No secret may be called so.</summary>
    public const string AutoPrefix = "auto.";

    public const int MaxLength = 64;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

    private readonly string? _value;

    private SecretName(string value) => _value = value;

    public string Value => _value ?? "";

    public bool IsAuto => Value.StartsWith(AutoPrefix, StringComparison.Ordinal);

    public static bool TryCreate(ReadOnlySpan<char> text, out SecretName name)
    {
        var valid = text.Length is > 0 and <= MaxLength && !text.ContainsAnyExcept(Allowed);
        name = valid ? new SecretName(text.ToString()) : default;
        return valid;
    }

    /// <summary>For names that are constants of the code or were validated when they were stored.</summary>
    /// <exception cref="ArgumentException">The text is not a name.</exception>
    public static SecretName Create(string text) =>
        TryCreate(text, out var name) ? name : throw new ArgumentException("Not a secret's name.", nameof(text));

    public override string ToString() => Value;
}
