namespace SecretsFirewall.Model.Documents;

/// <summary>Something wrong in a document. <paramref name="Line"/> counts from 1; 0 where the whole file is meant.</summary>
internal readonly record struct DocumentFault(int Line, string Message);

/// <summary>The line of each value of a file by its JSON pointer, so that errors found later can name theirs.</summary>
internal sealed class DocumentLines(IReadOnlyDictionary<string, int> lines)
{
    /// <summary>The line of the value, or of the nearest value around it.</summary>
    public int Of(string pointer)
    {
        while (true)
        {
            if (lines.TryGetValue(pointer, out var line))
            {
                return line;
            }

            if (pointer.Length == 0)
            {
                return 0;
            }

            pointer = pointer[..pointer.LastIndexOf('/')];
        }
    }
}
