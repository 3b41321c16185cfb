using SecretsFirewall.Commands.Walking;

namespace SecretsFirewall.Commands.Sql;

/// <summary>What SQL does, by the verb of each statement. No dialect's grammar: what is in doubt is judged as the worse.</summary>
internal static class SqlVerbs
{
    private static readonly HashSet<string> Reading =
        ["SELECT", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "USE", "SET", "BEGIN", "START", "COMMIT", "ROLLBACK", "PRAGMA", "VALUES", "TABLE", "FETCH", "DECLARE", "CLOSE", "SAVEPOINT", "RELEASE", "ANALYZE", "ANALYSE", "CHECKPOINT", "END", "LIST", "PRINT", "GO", "HELP", "EXISTS", "CHECK", "VACUUM", "OPTIMIZE", "LISTEN", "DISCARD"];

    private static readonly HashSet<string> Writing =
        ["INSERT", "REPLACE", "MERGE", "UPSERT", "CREATE", "COMMENT", "ALTER", "RENAME", "REFRESH", "REINDEX", "LOCK", "UNLOCK", "ATTACH", "DETACH", "UPDATE", "DELETE", "WITH", "CALL", "EXEC", "LOAD", "COPY", "IMPORT", "EXPORT", "CLUSTER", "NOTIFY", "INSTALL"];

    private static readonly HashSet<string> System =
        ["XP_CMDSHELL", "SP_OACREATE", "SP_OAMETHOD", "PROGRAM", "PG_READ_FILE", "PG_READ_BINARY_FILE", "PG_LS_DIR", "LO_EXPORT", "LO_IMPORT", "LOAD_FILE", "OUTFILE", "DUMPFILE", "LOAD_EXTENSION", "DBLINK_EXEC", "UTL_HTTP", "UTL_FILE", "DBMS_SCHEDULER", "SYS_EXEC", "SYS_EVAL", "WRITEFILE", "READFILE", "PG_EXECUTE_SERVER_PROGRAM", "PLPYTHONU", "PLPYTHON3U", "PLPERLU", "SP_CONFIGURE"];

    public static void Judge(string command, string text, VerdictBuilder into)
    {
        if (text.Contains(Argument.Gap, StringComparison.Ordinal))
        {
            into.Add(command, "unknown_sql", CommandClass.Red, "A part of the SQL is not known before it runs.", effects: ["run_unknown"]);
            into.NotLiteral();
        }

        // Dialects disagree whether a backslash hides a quote. What one of them would run counts.
        var readings = (text.Contains('\\', StringComparison.Ordinal) ? [SqlTokens.Read(text, true), SqlTokens.Read(text, false)] : new[] { SqlTokens.Read(text, true) })
            .OfType<List<List<string>>>().ToList();
        if (readings.Count == 0)
        {
            into.Unparsable("A quote or comment of the SQL is not closed.");
        }

        foreach (var statement in readings.SelectMany(reading => reading))
        {
            Judge(command, statement, into);
        }
    }

    private static void Judge(string command, List<string> words, VerdictBuilder into)
    {
        var first = words.FindIndex(word => word is not ("(" or "*" or "/"));
        if (first < 0)
        {
            return;
        }

        words = words[first..];
        if (words.Any(System.Contains))
        {
            into.Add(command, "sql.system", CommandClass.CriticalRed, "The SQL reaches out of the database: files or commands of its machine.", effects: ["run_code"]);
        }

        var verb = words[0];
        if (verb == "EXPLAIN" && words.Contains("ANALYZE"))
        {
            words = words[(words.IndexOf("ANALYZE") + 1)..];
            verb = words.FirstOrDefault(word => Writing.Contains(word) || Reading.Contains(word)) ?? "SELECT"; // ANALYZE runs it
        }

        switch (verb)
        {
            case "\\" or ".":
                JudgeMeta(command, words, into);
                break;
            case "DROP" when words.Skip(1).Take(3).Any(word => word is "DATABASE" or "SCHEMA" or "KEYSPACE" or "TABLESPACE" or "CATALOG"):
                into.Add(command, "sql.drop-database", CommandClass.CriticalRed, "It drops a whole database or schema.", effects: ["delete_data"]);
                break;
            case "DROP":
                into.Add(command, "sql.drop", CommandClass.Red, "It drops a table or another object of the database.", effects: ["delete_data"]);
                break;
            case "TRUNCATE":
                into.Add(command, "sql.truncate", CommandClass.Red, "It empties a table.", effects: ["delete_data"]);
                break;
            case "GRANT" or "REVOKE":
            case "CREATE" or "ALTER" when words.Skip(1).Take(3).Any(word => word is "USER" or "ROLE" or "LOGIN" or "SYSTEM"):
                into.Add(command, "sql.users", CommandClass.Red, "It changes who may do what in the database.", effects: ["user_management"]);
                break;
            case "ALTER" when words.Contains("DROP"):
                into.Add(command, "sql.alter-drop", CommandClass.Red, "It drops a column or constraint.", effects: ["delete_data"]);
                break;
            case "DO" or "EXECUTE" or "PREPARE" or "SHUTDOWN" or "KILL" or "FLUSH" or "RESET" or "PURGE" or "BACKUP" or "RESTORE":
                into.Add(command, "sql.server", CommandClass.Red, "It runs code in the database, or changes the server.", effects: ["run_code"]);
                break;
            case { } when Reading.Contains(verb):
                if (verb is "SELECT" && words.Contains("INTO"))
                {
                    into.Add(command, "sql.write", CommandClass.Yellow, "It writes to the database.", effects: ["write_data"]);
                }

                break;
            case { } when Writing.Contains(verb):
                JudgeWriting(command, words, into);
                break;
            default:
                into.Add(command, "sql.unknown", CommandClass.Red, "The SQL begins with no verb that is known.", effects: ["run_unknown"]);
                break;
        }
    }

    private static void JudgeWriting(string command, List<string> words, VerdictBuilder into)
    {
        into.Add(command, "sql.write", CommandClass.Yellow, "It writes to the database.", effects: ["write_data"]);
        if (words[0] is "CREATE" or "ALTER" or "COMMENT" or "COPY")
        {
            return; // ON DELETE CASCADE and the like
        }

        for (var i = 0; i < words.Count; i++)
        {
            var isWhole = words[i] == "DELETE" || (words[i] == "UPDATE" && (i == 0 || words[i - 1] is not ("FOR" or "KEY" or "DO" or "ON")));
            if (!isWhole || (i > 0 && words[i - 1] == "ON"))
            {
                continue;
            }

            var where = words.IndexOf("WHERE", i);
            if (where < 0 || IsAlwaysTrue(words, where + 1))
            {
                into.Add(command, "sql.all-rows", CommandClass.Red, "It changes or deletes every row of a table.", effects: ["delete_data"]);
            }
        }
    }

    // WHERE 1=1, WHERE true, WHERE 'a'='a'
    private static bool IsAlwaysTrue(List<string> words, int at)
    {
        var rest = words.Skip(at).Where(word => word is not ("(" or ")")).Take(4).ToList();
        return rest is [] or ["TRUE", ..] or ["1"] or [['0' or '1' or '2' or '3' or '\'', ..], "=", ['0' or '1' or '2' or '3' or '\'', ..], ..] || rest is ["NOT", "FALSE", ..];
    }

    // psql's \…, sqlite's .…
    private static void JudgeMeta(string command, List<string> words, VerdictBuilder into)
    {
        var name = words.Count > 1 ? words[1] : "";
        if (name is "!" or "SHELL" or "SYSTEM" or "|" or "I" or "IR" or "READ" or "LOAD" or "GEXEC" || words.Contains("|"))
        {
            into.Add(command, "sql.shell", CommandClass.Red, "The database's tool runs a command or a file.", effects: ["run_code"]);
        }
        else if (name is "COPY" or "O" or "OUTPUT" or "ONCE" or "IMPORT" or "SAVE" or "RESTORE" or "BACKUP" or "PASSWORD")
        {
            into.Add(command, "sql.file", CommandClass.Yellow, "The database's tool reads or writes a file.");
        }
    }
}
