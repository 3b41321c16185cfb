using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Inspection.Detection.Rules.Examples;

/// <summary>
/// Numbers for made-up secrets. Those of examples are the same in every run (SplitMix64), so that an example that fails fails again; those of
/// values that somebody uses cannot be foreseen.
/// </summary>
internal sealed class SampleRandom
{
    private readonly bool _isUnforeseeable;
    private ulong _state = 14695981039346656037;

    private SampleRandom() => _isUnforeseeable = true;

    public static SampleRandom Unforeseeable { get; } = new();

    public SampleRandom(string rule, string template, int variant)
    {
        foreach (var b in Encoding.UTF8.GetBytes($"{rule}\n{template}\n{variant}"))
        {
            _state = (_state ^ b) * 1099511628211; // FNV-1a
        }
    }

    public int Below(int bound)
    {
        if (_isUnforeseeable)
        {
            return RandomNumberGenerator.GetInt32(bound);
        }

        _state += 0x9E3779B97F4A7C15;
        var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (int)((mixed ^ (mixed >> 31)) % (ulong)bound);
    }

    public byte From(ByteSet set) => set.Members[Below(set.Members.Length)];

    public byte[] From(ByteSet set, int length)
    {
        var text = new byte[length];
        for (var i = 0; i < length; i++)
        {
            text[i] = From(set);
        }

        return text;
    }
}
