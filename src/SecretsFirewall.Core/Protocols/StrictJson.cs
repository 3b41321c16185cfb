using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace SecretsFirewall.Protocols;

/// <summary>
/// Finds out whether a text is JSON without duplicate keys. The keys of the open objects are kept as 64-bit hashes on one stack;
/// when an object closes, its part is sorted and equal neighbours are duplicates. So memory is bounded by the open objects, time by
/// n log n, and no choice of keys makes it slower. Two keys that only collide (one in 2^64) would refuse a body, never admit one.
/// </summary>
internal static class StrictJson
{
    // Unknown outside, so that nobody can write keys that collide.
    private static readonly ulong Seed = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(8)) | 1;

    /// <param name="json">Valid UTF-8.</param>
    public static JsonDefect Check(ReadOnlySpan<byte> json)
    {
        try
        {
            return Read(json);
        }
        catch (JsonException)
        {
            return JsonDefect.NotJson;
        }
    }

    private static JsonDefect Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = JsonBody.ReaderDepth });
        var keys = new List<ulong>();
        var objects = new Stack<int>();
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray when reader.CurrentDepth >= JsonBody.MaxDepth:
                    return JsonDefect.TooDeep;
                case JsonTokenType.StartObject:
                    objects.Push(keys.Count);
                    break;
                case JsonTokenType.PropertyName:
                    if (!TryHash(ref reader, out var hash))
                    {
                        return JsonDefect.InvalidUtf8;
                    }

                    keys.Add(hash);
                    break;
                case JsonTokenType.EndObject:
                    if (HasDuplicates(keys, objects.Pop()))
                    {
                        return JsonDefect.DuplicateKey;
                    }

                    break;
                case JsonTokenType.String when reader.ValueIsEscaped && !JsonEscapes.HasOnlyWholePairs(reader.ValueSpan):
                    return JsonDefect.InvalidUtf8;
            }
        }

        return JsonDefect.None;
    }

    private static bool HasDuplicates(List<ulong> keys, int from)
    {
        var mine = CollectionsMarshal.AsSpan(keys)[from..];
        mine.Sort();
        var found = false;
        for (var i = 1; i < mine.Length; i++)
        {
            found |= mine[i] == mine[i - 1];
        }

        CollectionsMarshal.SetCount(keys, from);
        return found;
    }

    private static bool TryHash(ref Utf8JsonReader reader, out ulong hash)
    {
        if (!reader.ValueIsEscaped)
        {
            hash = Hash(reader.ValueSpan);
            return true;
        }

        hash = 0;
        if (!JsonEscapes.HasOnlyWholePairs(reader.ValueSpan))
        {
            return false;
        }

        var unescaped = new byte[reader.ValueSpan.Length];
        hash = Hash(unescaped.AsSpan(0, reader.CopyString(unescaped)));
        return true;
    }

    // Multiply and fold, eight bytes at a time.
    private static ulong Hash(ReadOnlySpan<byte> key)
    {
        var hash = Mix(Seed + (ulong)key.Length); // Mixed in first, or a last byte could undo it.
        while (key.Length >= 8)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(key));
            key = key[8..];
        }

        Span<byte> rest = stackalloc byte[8];
        rest.Clear();
        key.CopyTo(rest);
        return Mix(Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(rest)) ^ 0x9E3779B97F4A7C15);
    }

    private static ulong Mix(ulong value)
    {
        var high = Math.BigMul(value, Seed ^ 0xD6E8FEB86659FD93, out var low);
        return high ^ low;
    }
}
