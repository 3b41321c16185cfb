using System.Collections.Frozen;

namespace SecretsFirewall.Vault;

/// <summary>What people choose: common words of passwords and placeholders, rows of the keyboard, and the letter pairs of English. Pure data and its tests.</summary>
internal static class CommonText
{
    private const int LongestWord = 12;

    // From the heads of the published lists of leaked passwords, and what stands in templates of configuration files.
    private static readonly FrozenSet<string> Words = """
        password passwd pass passwort passphrase secret secrets token tokens apikey api key keys auth bearer login admin administrator root
        user users username guest test testing tester demo example sample default changeme change placeholder dummy fake mock todo none null
        undefined insert replace your yours my the here this value example123 foobar foo bar baz qux hello world welcome letmein iloveyou love
        monkey dragon master shadow sunshine princess football baseball basketball hockey soccer superman batman starwars trustno access
        flower hunter ranger jordan michael jennifer thomas charlie daniel robert andrew ashley jessica amanda matthew joshua michelle
        summer winter spring autumn january february march april june july august september october november december monday tuesday
        wednesday thursday friday saturday sunday google github gitlab amazon azure openai anthropic slack stripe company internal external
        production prod staging stage development dev local localhost server service database postgres mysql redis mongo private public
        client account system network computer internet windows linux macbook apple orange banana cheese coffee pepper ginger cookie purple
        yellow green silver golden diamond freedom whatever nothing killer money lucky happy angel family friend forever jesus christ
        correct horse battery staple qazwsx zaq xsw abc xyz new old first last temp tmp
        """.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> WordLookup = Words.GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly string[] KeyboardRows =
    [
        "`1234567890-=", "qwertyuiop[]\\", "asdfghjkl;'", "zxcvbnm,./", "~!@#$%^&*()_+", "qwertzuiop", "azertyuiop",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/", "qazwsxedcrfvtgbyhnujmikolp", "zaq12wsxcde34rfvbgt56yhnmju78ik,lo90p;/", "qweasdzxc", "q1w2e3r4t5y6u7i8o9p0", "1q2w3e4r5t6y7u8i9o0p",
    ];

    // The pairs that make up about three quarters of English text (Norvig, English Letter Frequency Counts, 2012).
    private static readonly FrozenSet<int> Pairs = """
        th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic ne ea ra ce li ch ll
        be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut ss so rs un lo wa ge ie wh ee wi em ad ol rt po we na
        ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi ci vi pl ig tu ev ld ry mp fe bl ab gh ty op wo sa ay ex ke fr oo av ag if ap gr
        """.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Select(static p => PairKey(p[0], p[1])).ToFrozenSet();

    /// <summary>A word of the list in any case, also with the usual digits and signs for letters.</summary>
    public static bool IsWord(ReadOnlySpan<byte> part)
    {
        if (part.Length > LongestWord)
        {
            return false;
        }

        Span<char> plain = stackalloc char[LongestWord];
        Span<char> spelled = stackalloc char[LongestWord];
        for (var i = 0; i < part.Length; i++)
        {
            plain[i] = char.ToLowerInvariant((char)part[i]);
            spelled[i] = Letter(plain[i]);
        }

        var known = WordLookup.Contains(plain[..part.Length]) || WordLookup.Contains(spelled[..part.Length]);
        plain.Clear();
        spelled.Clear();
        return known;
    }

    /// <summary>Neighbours on the keyboard, in either direction.</summary>
    public static bool IsKeyboardRun(ReadOnlySpan<byte> part)
    {
        foreach (var row in KeyboardRows)
        {
            if (part.Length <= row.Length && (IsWithin(part, row, backward: false) || IsWithin(part, row, backward: true)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Letters in the case of a word, of which at least five pairs in six are common in English. Of seven random letters one in some hundred
    /// passes for it, of fourteen one in some ten thousand.
    /// </summary>
    public static bool ReadsLikeEnglish(ReadOnlySpan<byte> part)
    {
        var common = 0;
        var isUpper = char.IsAsciiLetterUpper((char)part[1]);
        for (var i = 0; i < part.Length; i++)
        {
            var c = (char)part[i];
            if (!char.IsAsciiLetter(c) || (i > 0 && char.IsAsciiLetterUpper(c) != isUpper))
            {
                return false;
            }

            common += i > 0 && Pairs.Contains(PairKey((char)part[i - 1], c)) ? 1 : 0;
        }

        return common * 6 >= (part.Length - 1) * 5;
    }

    private static int PairKey(char first, char second) => ((first | 0x20) << 8) | (second | 0x20);

    private static bool IsWithin(ReadOnlySpan<byte> part, string row, bool backward)
    {
        for (var start = 0; start + part.Length <= row.Length; start++)
        {
            var i = 0;
            while (i < part.Length && row[start + i] == char.ToLowerInvariant((char)part[backward ? part.Length - 1 - i : i]))
            {
                i++;
            }

            if (i == part.Length)
            {
                return true;
            }
        }

        return false;
    }

    private static char Letter(char c) => c switch
    {
        '0' => 'o',
        '1' or '!' => 'i',
        '3' => 'e',
        '4' or '@' => 'a',
        '5' or '$' => 's',
        '7' => 't',
        _ => c,
    };
}
