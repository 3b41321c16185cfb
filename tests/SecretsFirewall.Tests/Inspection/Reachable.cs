using System.Reflection;
using System.Runtime.InteropServices;

namespace SecretsFirewall.Tests.Inspection;

/// <summary>The content of every array and string that an object holds on to: what a dump of it would show.</summary>
internal static class Reachable
{
    public static IEnumerable<byte[]> Arrays(object root)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Stack<object>([root]);
        while (open.TryPop(out var current))
        {
            if (!seen.Add(current))
            {
                continue;
            }

            switch (current)
            {
                case string text:
                    yield return MemoryMarshal.AsBytes(text.AsSpan()).ToArray();
                    break;
                case Array { Rank: 1 } array when array.GetType().GetElementType()!.IsPrimitive:
                    yield return RawBytes(array);
                    break;
                case Array array:
                    Push(array.Cast<object?>(), open);
                    break;
                case MemberInfo or Delegate:
                    break;
                default:
                    Push(Fields(current.GetType()).Select(field => field.GetValue(current)), open);
                    break;
            }
        }
    }

    private static byte[] RawBytes(Array array)
    {
        var bytes = new byte[Buffer.ByteLength(array)];
        Buffer.BlockCopy(array, 0, bytes, 0, bytes.Length);
        return bytes;
    }

    private static IEnumerable<FieldInfo> Fields(Type type)
    {
        for (var at = type; at is not null; at = at.BaseType)
        {
            foreach (var field in at.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
            {
                if (!field.FieldType.IsPrimitive && !field.FieldType.IsPointer && !field.FieldType.IsByRefLike)
                {
                    yield return field;
                }
            }
        }
    }

    private static void Push(IEnumerable<object?> values, Stack<object> open)
    {
        foreach (var value in values)
        {
            if (value is not null)
            {
                open.Push(value);
            }
        }
    }
}
