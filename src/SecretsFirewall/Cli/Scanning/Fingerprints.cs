using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace SecretsFirewall.Cli.Scanning;

/// <summary>
/// Names for findings that stay the same from scan to scan: 64 bits in hex. What keys them decides who can confirm a guess of a value.
/// <list type="bullet">
/// <item>With a baseline: PBKDF2-HMAC-SHA-256 of the value under the random key that the baseline file carries. Equal on every machine that
/// shares the file. Its readers have the key too, so one guess is made to cost them some milliseconds: values that can be guessed do not
/// belong in a baseline, and random ones cannot be found.</item>
/// <item>With a home: HMAC-SHA-256 under the home's install key, which leaves it never. Nobody else can confirm anything.</item>
/// <item>Always: SHA-256 of rule, path and line, without the value. It says nothing about it, and changes when lines are added above.</item>
/// </list>
/// A finding has each of them that can be made; the first is shown, and an allow entry may name any. The rule does not count where the value
/// does: a better rule for the same value changes nothing.
/// </summary>
internal sealed class Fingerprints(byte[]? baselineKey, byte[]? installKey)
{
    private const int Bytes = 8;

    // Some 4 ms of one core: nothing beside reading a file, much beside trying a dictionary.
    private const int Iterations = 20_000;

    // The same value stands in many files, and its baseline fingerprint is made to be slow.
    private readonly ConcurrentDictionary<string, string> _slow = new(StringComparer.Ordinal);
    private readonly byte[] _processKey = RandomNumberGenerator.GetBytes(32);

    public IReadOnlyList<string> Of(string rule, string path, long line, ReadOnlySpan<byte> value)
    {
        var all = new List<string>(3);
        if (baselineKey is not null)
        {
            all.Add(Slow(baselineKey, value));
        }

        if (installKey is not null)
        {
            all.Add(Keyed(installKey, value));
        }

        all.Add(Hex(SHA256.HashData(Encoding.UTF8.GetBytes($"sfw-scan-place\n{rule}\n{path}\n{line}"))));
        return all;
    }

    private string Slow(byte[] key, ReadOnlySpan<byte> value)
    {
        var known = Keyed(_processKey, value);
        if (_slow.TryGetValue(known, out var fingerprint))
        {
            return fingerprint;
        }

        fingerprint = Hex(Rfc2898DeriveBytes.Pbkdf2(value, key, Iterations, HashAlgorithmName.SHA256, Bytes));
        _slow[known] = fingerprint;
        return fingerprint;
    }

    // The label keeps these apart from whatever else the install key signs.
    private static string Keyed(byte[] key, ReadOnlySpan<byte> value)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        mac.AppendData("sfw-scan-value\n"u8);
        mac.AppendData(value);
        return Hex(mac.GetHashAndReset());
    }

    private static string Hex(ReadOnlySpan<byte> hash) => Convert.ToHexStringLower(hash[..Bytes]);
}
