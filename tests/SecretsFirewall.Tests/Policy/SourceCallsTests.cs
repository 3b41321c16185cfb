using SecretsFirewall.Policy.Tools;
using SecretsFirewall.Tests.Fuzzing;
using SecretsFirewall.Tests.Listener;

namespace SecretsFirewall.Tests.Policy;

/// <summary>Calls that are seen in the source of a program.</summary>
public sealed class SourceCallsTests
{
    [Theory]
    [InlineData("const r = await tools.exec_command({cmd: \"rm -rf /\", 'yield_time_ms': 1000}); text(r)", "tools.exec_command", """{"cmd":"rm -rf /","yield_time_ms":1000}""")]
    [InlineData("await tools.exec_command({ \"cmd\": 'ls', })", "tools.exec_command", """{"cmd":"ls"}""")]
    [InlineData("tools?.shell({command: [`bash`, '-lc', \"a\\x20b\\u0041\"]})", "tools.shell", """{"command":["bash","-lc","a bA"]}""")]
    [InlineData("os.system('git push --force')", "os.system", """{"command":"git push --force"}""")]
    [InlineData("subprocess.run([\"rm\", \"-rf\", \"/\"], check=True)", "subprocess.run", """{"command":["rm","-rf","/"]}""")]
    [InlineData("f({a: {b: null, c: [1, true, None]}})", "f", """{"a":{"b":null,"c":[1,true,null]}}""")]
    [InlineData("f({cmd: 'rm ' + where})", "f", null)]
    [InlineData("f({cmd: `rm ${where}`})", "f", null)]
    [InlineData("f({cmd: command})", "f", null)]
    [InlineData("f({cmd: 'a', cmd: 'b'})", "f", null)]
    [InlineData("f('a" + "\n" + "')", "f", null)]
    [InlineData("f()", "f", null)]
    public void Read_Call_HasItsNameAndWhatIsSpelledOut(string source, string name, string? arguments) =>
        Assert.Contains(SourceCalls.Read(source).All, call => call.Name == name && call.Arguments == arguments);

    [Fact]
    public void Read_CallsInsideOfCallsAndTexts_AreSeenAndNot()
    {
        var calls = SourceCalls.Read("if (a(b('x', c()))) { return 'd(1)' } for (const e of f ()) {}");

        Assert.Equal(["a", "b", "c", "f"], calls.All.Select(static call => call.Name));
        Assert.False(calls.MayHaveMore);
    }

    [Theory]
    [InlineData("tools['exec_' + 'command']({})")]
    [InlineData("(() => run)()()")]
    [InlineData("eval('x')")]
    [InlineData("getattr(os, 'sys' + 'tem')('ls')")]
    [InlineData("import os")]
    [InlineData("f`x`")]
    [InlineData("log(`${run()}`)")]
    public void Read_WhatIsCalledByNoNameInIt_SaysThatThereMayBeMore(string source) => Assert.True(SourceCalls.Read(source).MayHaveMore);

    [Fact]
    public void Fuzz_AnySource_IsReadToAnEnd()
    {
        var random = new Random(20_261_122);
        var source = "const r = await tools.exec_command({cmd: \"rm -rf /\", 'n': [1, {a: `x${y}`}]}); if (a?.b(c)) os.system('ls')"u8.ToArray();
        for (var round = 0; round < FuzzRounds.Or(2_000); round++)
        {
            var calls = SourceCalls.Read(System.Text.Encoding.Latin1.GetString(Mutations.Of(source, random)));
            Assert.All(calls.All, static call => Assert.True(call.Arguments is null || ParsedJson.Read(call.Arguments) is not null, call.Arguments));
        }
    }
}
