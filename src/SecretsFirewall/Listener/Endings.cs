using Microsoft.AspNetCore.Connections;

namespace SecretsFirewall.Listener;

/// <summary>The last word to a client.</summary>
internal static class Endings
{
    /// <summary>Answers, and sends nothing after it.</summary>
    public static async Task EndWithAsync(this ConnectionContext connection, ReadOnlyMemory<byte> answer)
    {
        await connection.Transport.Output.WriteAsync(answer);
        await connection.Transport.Output.CompleteAsync();
    }
}
