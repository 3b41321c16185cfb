using System.Security.Cryptography;
using System.Text;

namespace SecretsFirewall.Cli.Commands;

/// <summary>
/// Where a secret's value comes from: standard input, a variable, or the keyboard without echo. Never the command line, which every
/// process of the machine can read.
/// </summary>
internal static class SecretValueInput
{
    /// <summary>The whole input without one ending line break. The caller clears it.</summary>
    public static async Task<byte[]> ReadAllAsync(Stream input, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        await input.CopyToAsync(buffer, cancellationToken);
        var value = WithoutLineBreak(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)).ToArray();
        CryptographicOperations.ZeroMemory(buffer.GetBuffer());
        return value;
    }

    /// <summary>Null if the variable is not set or empty.</summary>
    public static byte[]? FromVariable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? Encoding.UTF8.GetBytes(value) : null;

    /// <summary>Reads one line from the terminal and shows nothing of it.</summary>
    public static byte[] Prompt(string prompt)
    {
        Console.Error.Write(prompt);
        var typed = new char[16 * 1024];
        var length = 0;
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                length = Math.Max(0, length - 1);
            }
            else if (key.KeyChar != '\0' && length < typed.Length)
            {
                typed[length++] = key.KeyChar;
            }
        }

        Console.Error.WriteLine();
        var value = Encoding.UTF8.GetBytes(typed, 0, length);
        Array.Clear(typed);
        return value;
    }

    private static ReadOnlySpan<byte> WithoutLineBreak(ReadOnlySpan<byte> text) =>
        text.EndsWith("\r\n"u8) ? text[..^2] : text.EndsWith("\n"u8) ? text[..^1] : text;
}
