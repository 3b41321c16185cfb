using System.Security.Cryptography;
using System.Text;

namespace SecretsFirewall.EndToEnd.Tests.Harness;

public enum CanaryShape
{
    /// <summary>40 letters and digits: what most tokens look like.</summary>
    Token = 0,

    /// <summary>12 letters and digits.</summary>
    Short,

    /// <summary>32 lower-case letters and digits: fits into a host's label.</summary>
    Label,

    /// <summary>A password with characters that JSON, URLs and HTML escape.</summary>
    Symbols,

    /// <summary>Base64 with <c>+</c>, <c>/</c> and padding.</summary>
    Base64,

    /// <summary>64 hex digits.</summary>
    Hex,

    /// <summary>Text beyond ASCII.</summary>
    Unicode,

    /// <summary>Several lines, like a key file.</summary>
    Lines,
}

/// <summary>A secret that exists for one test. Random, so that a find anywhere is a leak and not chance.</summary>
internal sealed class Canary
{
    private const string Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private Canary(string name, string value)
    {
        Name = name;
        Value = value;
    }

    public string Name { get; }

    public string Value { get; }

    public string Reference => $"SECRET_REF({Name})";

    public byte[] Bytes => Encoding.UTF8.GetBytes(Value);

    public static Canary Make(CanaryShape shape = CanaryShape.Token, string? name = null) => new(
        name ?? $"canary_{shape}_{RandomNumberGenerator.GetHexString(8, lowercase: true)}",
        shape switch
        {
            CanaryShape.Short => Random(Alphanumeric, 12),
            CanaryShape.Label => Random(Alphanumeric[26..], 32),
            CanaryShape.Symbols => Random(Alphanumeric, 8) + "\"\\/&=+%<' " + Random(Alphanumeric, 8) + "?#;:@!",
            CanaryShape.Base64 => Random(Alphanumeric, 20) + "+/" + Random(Alphanumeric, 20) + "+a==",
            CanaryShape.Hex => RandomNumberGenerator.GetHexString(64, lowercase: true),
            CanaryShape.Unicode => "Größe€" + Random(Alphanumeric, 10) + "密码🔑" + Random(Alphanumeric, 6),
            CanaryShape.Lines => string.Join('\n', Enumerable.Range(0, 6).Select(_ => Random(Alphanumeric, 40))),
            _ => Random(Alphanumeric, 40),
        });

    /// <summary>A value that somebody else made.</summary>
    public static Canary Of(string name, string value) => new(name, value);

    /// <summary>Without the value: a failing test prints this.</summary>
    public override string ToString() => Name;

    private static string Random(string alphabet, int length) => RandomNumberGenerator.GetString(alphabet, length);
}
