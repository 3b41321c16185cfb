using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Inspection.Detection.Rules.Examples;

/// <summary>Harmless values that fill real traffic and look like secrets; measured as the commonest false findings.</summary>
internal static class LookAlikes
{
    public static byte[]? Create(string name, SampleRandom random) => name switch
    {
        "git_sha" => Characters("hex", 40, random),
        "sha256" => Characters("hex", 64, random),
        "md5" => Characters("hex", 32, random),
        "sha512_integrity" => [.. "sha512-"u8, .. Characters("base64", 86, random), .. "=="u8],
        "module_hash" => [.. "h1:"u8, .. Characters("base64", 43, random), .. "="u8],
        "uuid" => Uuid(random),
        "tool_use_id" => [.. "toolu_01"u8, .. Characters("base62", 22, random)],
        "call_id" => [.. "call_"u8, .. Characters("base62", 24, random)],
        "completion_id" => [.. "chatcmpl-"u8, .. Characters("base62", 29, random)],
        "word" => Characters("lower", 24, random),
        _ => null,
    };

    private static byte[] Characters(string alphabet, int length, SampleRandom random) => random.From(Alphabets.Parse(alphabet), length);

    private static byte[] Uuid(SampleRandom random) =>
    [
        .. Characters("hex", 8, random), (byte)'-', .. Characters("hex", 4, random), (byte)'-', .. Characters("hex", 4, random), (byte)'-',
        .. Characters("hex", 4, random), (byte)'-', .. Characters("hex", 12, random),
    ];
}
