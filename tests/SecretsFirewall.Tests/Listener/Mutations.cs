using SecretsFirewall.Tests.Fuzzing;

namespace SecretsFirewall.Tests.Listener;

/// <summary>
/// Messages that went wrong: bytes changed, taken out, doubled or cut off.
/// </summary>
internal static class Mutations
{
    public static int Rounds { get; } = FuzzRounds.Or(20_000);

    public static byte[] Of(byte[] message, Random random)
    {
        var bytes = new List<byte>(message);
        for (var i = random.Next(1, 5); i > 0 && bytes.Count > 1; i--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 9), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0:
                    bytes.RemoveRange(at, length);
                    break;
                case 1:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 2:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    bytes[at] = random.Next(3) == 0 ? (byte)(0xff * random.Next(2)) : (byte)random.Next(256);
                    break;
            }
        }

        return bytes.Count == 0 ? [0] : [.. bytes];
    }
}
