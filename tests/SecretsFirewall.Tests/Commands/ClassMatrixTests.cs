using SecretsFirewall.Commands;

namespace SecretsFirewall.Tests.Commands;

public sealed class ClassMatrixTests
{
    private const ClassAnswer A = ClassAnswer.Allow;
    private const ClassAnswer P = ClassAnswer.Pending;
    private const ClassAnswer X = ClassAnswer.PendingAdmin;

    // The table of the design: without the flag, with it and a locked gate, with it and an open gate.
    [Theory]
    [InlineData(CommandClass.Green, 1, A, P, P)]
    [InlineData(CommandClass.Green, 2, A, P, P)]
    [InlineData(CommandClass.Green, 3, A, P, A)]
    [InlineData(CommandClass.Yellow, 1, P, P, P)]
    [InlineData(CommandClass.Yellow, 2, A, P, P)]
    [InlineData(CommandClass.Yellow, 3, A, P, A)]
    [InlineData(CommandClass.Red, 1, P, P, P)]
    [InlineData(CommandClass.Red, 2, P, P, P)]
    [InlineData(CommandClass.Red, 3, A, P, A)]
    [InlineData(CommandClass.CriticalRed, 1, X, X, X)]
    [InlineData(CommandClass.CriticalRed, 2, X, X, X)]
    [InlineData(CommandClass.CriticalRed, 3, X, X, X)]
    public void Decide_ClassAndLevel_AnswersAsTheTable(CommandClass commandClass, int level, ClassAnswer inside, ClassAnswer locked, ClassAnswer unlocked)
    {
        Assert.Equal(inside, ClassMatrix.Default.Decide(commandClass, isExternal: false, level, isGateOpen: false));
        Assert.Equal(inside, ClassMatrix.Default.Decide(commandClass, isExternal: false, level, isGateOpen: true));
        Assert.Equal(locked, ClassMatrix.Default.Decide(commandClass, isExternal: true, level, isGateOpen: false));
        Assert.Equal(unlocked, ClassMatrix.Default.Decide(commandClass, isExternal: true, level, isGateOpen: true));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(4)]
    public void Decide_LevelThatDoesNotExist_IsAsTheLowest(int level)
    {
        foreach (var commandClass in Enum.GetValues<CommandClass>())
        {
            Assert.Equal(ClassMatrix.Default.Decide(commandClass, false, 1, true), ClassMatrix.Default.Decide(commandClass, false, level, true));
            Assert.Equal(ClassMatrix.Default.Decide(commandClass, true, 1, true), ClassMatrix.Default.Decide(commandClass, true, level, true));
        }
    }

    [Fact]
    public void ZeroValue_OfClassAndAnswer_IsTheStrictest()
    {
        Assert.Equal(CommandClass.CriticalRed, default);
        Assert.Equal(ClassAnswer.Deny, default);
    }
}
